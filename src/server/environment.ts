// The settings as a process has them: of its environment and, where that is silent, of `.env` in the project.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'dotenv';
import { type Config, readConfig } from '../config.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** @throws ConfigError with every fault at once */
export function loadConfig(root = PROJECT, env: NodeJS.ProcessEnv = process.env): Config {
  const file = join(root, '.env');
  const written = existsSync(file) ? parse(readFileSync(file)) : {};
  return readConfig({ ...written, ...env }, root);
}
