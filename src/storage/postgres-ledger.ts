import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import * as z from 'zod';
import type { Migration } from './migration-files.ts';
import { type MigrationLedger, RECORDED } from './migration-ledger.ts';

const CONNECT_MS = 5_000;

// The advisory lock that Prisma's own engine takes to migrate.
const LOCK = 72_707_369;

const recordedMigration = z.object({
  name: z.string(),
  checksum: z.string(),
  finished: z.boolean(),
  rolledBack: z.boolean(),
});

/** On one connection of its own, since the lock belongs to the connection. */
export async function openPostgresLedger(connectionString: string): Promise<MigrationLedger> {
  const client = new Client({
    connectionString,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  });
  // The statement that is under way fails too, and says why.
  client.on('error', () => {});
  await client.connect();

  return {
    read: async () => {
      if (!(await hasTable(client))) return [];
      const { rows } = await client.query(RECORDED);
      return z.array(recordedMigration).parse(rows);
    },
    exclusively: async (work) => {
      await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
      try {
        await client.query(TABLE);
        return await work();
      } finally {
        await client.query('SELECT pg_advisory_unlock($1)', [LOCK]);
      }
    },
    apply: (migration) => apply(client, migration),
    close: () => client.end(),
  };
}

async function apply(client: Client, { name, checksum, sql }: Migration) {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(RECORD, [randomUUID(), checksum, name]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

async function hasTable(client: Client): Promise<boolean> {
  const { rowCount } = await client.query(
    "SELECT 1 FROM information_schema.tables WHERE table_name = '_prisma_migrations' AND table_schema = current_schema()",
  );
  return rowCount === 1;
}

const RECORD = `INSERT INTO _prisma_migrations
  (id, checksum, migration_name, finished_at, applied_steps_count) VALUES ($1, $2, $3, clock_timestamp(), 1)`;

const TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)`;
