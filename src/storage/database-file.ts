import { statSync } from 'node:fs';
import type { Config } from '../config.ts';
import { sqliteFile } from './data-directory.ts';
import { engineOf } from './database.ts';

/**
 * A file that is removed or exchanged while it is open goes on being read and written, and is gone with the process.
 * @returns says whether the embedded database still is the file that it is now; on PostgreSQL it always is
 */
export function rememberDatabaseFile(config: Config): () => boolean {
  if (engineOf(config) !== 'sqlite') return () => true;

  const path = sqliteFile(config);
  const remembered = identityOf(path);
  return () => identityOf(path) === remembered;
}

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined; // It is not there, or is no longer ours to see.
  }
}
