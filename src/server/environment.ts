// The settings as a process has them: of its environment and, where that is silent, of `.env` in the project.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'dotenv';
import { type Config, ConfigError, readConfig } from '../config.ts';
import { SETTINGS } from '../settings.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** @throws ConfigError with every fault at once */
export function loadConfig(root = PROJECT, env: NodeJS.ProcessEnv = process.env): Config {
  return readConfig({ ...readFile(root), ...env }, root);
}

/** Names in `.env` that are no settings: mistyped, most likely. The environment is full of others' names. */
export function unknownSettings(root = PROJECT): string[] {
  return Object.keys(readFile(root)).filter((name) => !Object.hasOwn(SETTINGS, name));
}

function readFile(root: string): Record<string, string> {
  const path = join(root, '.env');
  try {
    return existsSync(path) ? parse(readFileSync(path)) : {};
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([`.env: ${path} cannot be read (${reason})`]);
  }
}
