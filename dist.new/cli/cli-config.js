import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'dotenv';
import { readConfig } from '../config.js';
/** The settings as the server has them: of the environment and, where that is silent, of `.env` in the project. */
export function loadConfig() {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const file = join(root, '.env');
    return readConfig({ ...(existsSync(file) && parse(readFileSync(file))), ...process.env }, root);
}
//# sourceMappingURL=cli-config.js.map