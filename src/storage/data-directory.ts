// The directory of the embedded database and of generated secrets: for the server's own user alone.
import { constants, existsSync, mkdirSync } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../config.ts';
import { DomainError } from '../foundation/errors.ts';

type Place = Pick<Config, 'dataDir'>;

/** The path of the embedded database. */
export function sqliteFile({ dataDir }: Place): string {
  return join(dataDir, 'latchkey.db');
}

/**
 * Makes the directory and an empty database file where they are missing, readable for nobody else.
 * @throws DomainError `unavailable` `data_directory_unwritable`
 */
export async function prepareDataDirectory(place: Place): Promise<void> {
  try {
    makeDirectory(place.dataDir);
    await access(place.dataDir, constants.W_OK | constants.X_OK);
    const file = await open(sqliteFile(place), 'a', 0o600);
    await file.close();
  } catch (cause) {
    throw unwritable(place, cause);
  }
}

/**
 * Makes it and what is missing above it. Not mkdir's `recursive`, which tries forever where a file system (/proc) says
 * that something is missing although the directory above is there.
 */
export function makeDirectory(path: string): void {
  if (existsSync(path)) return;

  const above = dirname(path);
  if (above !== path) makeDirectory(above);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(path)) throw error; // Another process may have made it meanwhile.
  }
}

/** The refusal that says what to do when the data directory does not take what must be written. */
export function unwritable({ dataDir }: Place, cause: unknown): DomainError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DomainError(
    'unavailable',
    'data_directory_unwritable',
    `The data directory ${dataDir} cannot be written (${reason}). Make it writable for the user that runs the server, free space on its disk, or set DATA_DIR to another directory.`,
    { cause },
  );
}
