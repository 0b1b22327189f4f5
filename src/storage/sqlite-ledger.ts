import { randomUUID } from 'node:crypto';
import Sqlite from 'better-sqlite3';
import * as z from 'zod';
import type { Config } from '../config.ts';
import { prepareDataDirectory, sqliteFile } from './data-directory.ts';
import type { Migration } from './migration-files.ts';
import { type MigrationLedger, RECORDED } from './migration-ledger.ts';
import { patienceFromNow, retryWhileBusy } from './sqlite-busy.ts';

const PATIENCE_MS = 60_000;

const recordedMigration = z.object({
  name: z.string(),
  checksum: z.string(),
  finished: z.number().transform(Boolean),
  rolledBack: z.number().transform(Boolean),
});

/** @throws DomainError `unavailable` `data_directory_unwritable` */
export async function openSqliteLedger(config: Config): Promise<MigrationLedger> {
  await prepareDataDirectory(config);
  const db = await open(sqliteFile(config));

  return {
    read: async () =>
      hasTable(db) ? z.array(recordedMigration).parse(db.prepare(RECORDED).all()) : [],
    exclusively: (work) => inOneTransaction(db, work),
    apply: async (migration) => apply(db, migration),
    close: async () => void db.close(),
  };
}

async function open(path: string): Promise<Sqlite.Database> {
  const db = new Sqlite(path, { timeout: 0 });
  await retryWhileBusy(() => db.pragma('journal_mode = WAL'), patienceFromNow(PATIENCE_MS));
  db.pragma('synchronous = FULL');
  // A migration that makes a table anew drops the old one, and with foreign keys on, everything that refers to it.
  db.pragma('foreign_keys = OFF');
  return db;
}

async function inOneTransaction<T>(db: Sqlite.Database, work: () => Promise<T>): Promise<T> {
  await retryWhileBusy(() => db.exec('BEGIN IMMEDIATE'), patienceFromNow(PATIENCE_MS));
  try {
    db.exec(TABLE);
    const result = await work();
    refuseDangling(db);
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function apply(db: Sqlite.Database, { name, checksum, sql }: Migration) {
  const startedAt = timestamp();
  db.exec(sql);
  db.prepare(RECORD).run(randomUUID(), checksum, name, startedAt, timestamp());
}

function hasTable(db: Sqlite.Database): boolean {
  const found = db.prepare("SELECT 1 FROM sqlite_master WHERE name = '_prisma_migrations'").get();
  return found !== undefined;
}

function refuseDangling(db: Sqlite.Database) {
  const dangling = db.prepare('PRAGMA foreign_key_check').all();
  if (dangling.length > 0) {
    throw new Error(
      `A migration leaves ${dangling.length} rows that refer to rows that do not exist.`,
    );
  }
}

// As Prisma's adapter writes it.
function timestamp(): string {
  return new Date().toISOString().replace('Z', '+00:00');
}

const RECORD = `INSERT INTO _prisma_migrations
  (id, checksum, migration_name, started_at, finished_at, applied_steps_count) VALUES (?, ?, ?, ?, ?, 1)`;

const TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`;
