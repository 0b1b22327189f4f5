import { stat } from 'node:fs/promises';
import type { Config } from '../config.ts';
import { sqliteFile } from '../storage/data-directory.ts';
import { engineOf } from '../storage/database.ts';
import { assertMigrated, migrate } from '../storage/migrate.ts';

/**
 * A database that is up to date. The command line brings none up to date by the way: the server may be running on it.
 * But where there is none yet, and MIGRATE allows it, it makes the embedded one, so that commands work before the
 * server's first start; it says so, since DATA_DIR may be mistyped.
 * @throws DomainError `unavailable`, saying what to run
 */
export async function requireDatabase(config: Config): Promise<void> {
  if (config.migrate === 'auto' && (await isMissing(config))) {
    await migrate(config);
    process.stderr.write(`There was no database in ${config.dataDir}: a new one is made.\n`);
  }
  await assertMigrated(config);
}

async function isMissing(config: Config): Promise<boolean> {
  if (engineOf(config) !== 'sqlite') return false;
  const size = await stat(sqliteFile(config)).then(
    (file) => file.size,
    () => 0, // whatever keeps the file from being seen, opening it will tell
  );
  return size === 0;
}
