// Brings the schema up to date: plain SQL files in Prisma's layout (prisma/migrations/<engine>/<name>/migration.sql),
// recorded in Prisma's table, so that `prisma migrate` understands them too. Without Prisma's engine, since this runs
// at every start and has nothing to do at most of them.
import { existsSync } from 'node:fs';
import type { Config } from '../config.ts';
import { DomainError } from '../foundation/errors.ts';
import { sqliteFile } from './data-directory.ts';
import { engineOf } from './database.ts';
import { type Migration, readMigrations } from './migration-files.ts';
import type { MigrationLedger, RecordedMigration } from './migration-ledger.ts';

/**
 * Applies what is missing, each migration once however many processes start at a time.
 * @returns the names of those that this process applied
 * @throws DomainError `unavailable`: `database_too_new`, `migration_changed`, `migration_unfinished` or
 *   `data_directory_unwritable`
 */
export async function migrate(config: Config): Promise<string[]> {
  const migrations = await readMigrations(config.root, engineOf(config));
  return withLedger(config, async (ledger) => {
    if (missingOf(migrations, await ledger.read()).length === 0) return [];

    return ledger.exclusively(async () => {
      const missing = missingOf(migrations, await ledger.read());
      for (const migration of missing) await ledger.apply(migration);
      return missing.map(({ name }) => name);
    });
  });
}

/**
 * Changes nothing.
 * @throws DomainError as migrate does, and `unavailable` `database_not_migrated` when a migration is missing
 */
export async function assertMigrated(config: Config): Promise<void> {
  const migrations = await readMigrations(config.root, engineOf(config));
  // Opening would make an empty file, and a directory where DATA_DIR is mistyped.
  const recorded = isMissing(config) ? [] : await withLedger(config, (ledger) => ledger.read());
  const [first, ...others] = missingOf(migrations, recorded);
  if (!first) return;

  const more = others.length > 0 ? ` and ${others.length} more` : '';
  throw refusal(
    'database_not_migrated',
    `The database lacks the migration ${first.name}${more}. Run \`latchkey migrate\`, or start with MIGRATE=auto.`,
  );
}

function isMissing(config: Config): boolean {
  return engineOf(config) === 'sqlite' && !existsSync(sqliteFile(config));
}

async function withLedger<T>(config: Config, work: (ledger: MigrationLedger) => Promise<T>) {
  const ledger = await openLedger(config);
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

async function openLedger(config: Config): Promise<MigrationLedger> {
  if (config.databaseUrl) {
    const { openPostgresLedger } = await import('./postgres-ledger.ts');
    return openPostgresLedger(config.databaseUrl);
  }
  const { openSqliteLedger } = await import('./sqlite-ledger.ts');
  return openSqliteLedger(config);
}

function missingOf(migrations: Migration[], recorded: RecordedMigration[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  const inForce = recorded.filter(({ rolledBack }) => !rolledBack);
  for (const record of inForce) refuseUnfit(record, known.get(record.name));

  const applied = new Set(inForce.map(({ name }) => name));
  return migrations.filter(({ name }) => !applied.has(name));
}

function refuseUnfit(record: RecordedMigration, known: Migration | undefined) {
  const { name } = record;
  if (!known) {
    throw refusal(
      'database_too_new',
      `The database has the migration ${name}, which this version of Latchkey does not know: a newer version has used it. Start that version, or restore a backup from before the upgrade.`,
    );
  }
  if (!record.finished) {
    throw refusal(
      'migration_unfinished',
      `The migration ${name} was begun and did not finish. Restore a backup, or mend the schema and mark the migration with \`prisma migrate resolve\`.`,
    );
  }
  if (record.checksum !== known.checksum) {
    throw refusal(
      'migration_changed',
      `The migration ${name} was applied with another content than the file has now. Restore the file; a change of the schema is a migration of its own.`,
    );
  }
}

function refusal(code: string, message: string) {
  return new DomainError('unavailable', code, message);
}
