// The settings as a process has them: of its environment and, where that is silent, of `.env` in the project.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'dotenv';
import { type Config, readConfig } from '../config.ts';

/** @throws ConfigError */
export function loadConfig(): Config {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const file = join(root, '.env');
  return readConfig({ ...(existsSync(file) && parse(readFileSync(file))), ...process.env }, root);
}
