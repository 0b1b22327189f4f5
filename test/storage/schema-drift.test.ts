// The migrations, all of them in order, make the schema that the models describe.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterEach, expect, test } from '@jest/globals';
import Sqlite from 'better-sqlite3';
import { Client } from 'pg';
import { readConfig } from '../../src/config.ts';
import { sqliteFile } from '../../src/storage/data-directory.ts';
import { engineOf } from '../../src/storage/database.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { emptyPlace, type Place, ROOT } from '../support/database.ts';

interface Composer {
  composeSchema: (engine: string) => string;
}

interface SchemaEngine {
  diffSchemas: (adapter: unknown, before: string | undefined, after: string) => Promise<string>;
}

const { composeSchema }: Composer = await import(join(ROOT, 'scripts/compose-schema.mjs'));
const { diffSchemas }: SchemaEngine = await import(join(ROOT, 'scripts/schema-engine.mjs'));

const places: Place[] = [];

afterEach(async () => {
  for (const place of places.splice(0)) await place.dispose();
});

async function emptyConfig() {
  const place = await emptyPlace({ migrated: false });
  places.push(place);
  return readConfig({ NODE_ENV: 'test', ...place.env }, ROOT);
}

test('migrations and models agree', async () => {
  const [migrated, fresh] = [await emptyConfig(), await emptyConfig()];
  const schema = composeSchema(engineOf(fresh));
  const url = fresh.databaseUrl;
  const adapter = url
    ? new PrismaPg({ connectionString: url })
    : new PrismaBetterSqlite3({ url: ':memory:' });

  await migrate(migrated);
  const sql = await diffSchemas(adapter, undefined, schema);
  const [fromMigrations, fromModels] = url
    ? [await describePostgres(migrated.databaseUrl), await describePostgres(url, sql)]
    : [describeSqlite(sqliteFile(migrated)), describeSqlite(':memory:', sql)];

  expect(fromMigrations).toContainEqual(expect.stringContaining('users'));
  expect(fromMigrations).toEqual(fromModels);
});

test('the schema kept for the next migration is the one of the models', async () => {
  const engine = engineOf(await emptyConfig());
  const kept = readFileSync(join(ROOT, 'prisma/migrations', engine, 'schema.prisma'), 'utf8');

  expect(kept).toBe(composeSchema(engine));
});

// In words that do not depend on the order in which columns were added.
function describeSqlite(path: string, sql = ''): string[] {
  const db = new Sqlite(path);
  db.exec(sql);
  const rows = [COLUMNS, KEYS, INDEXES].flatMap((question) => db.prepare(question).raw().all());
  db.close();
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

const TABLES = `(SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_prisma%' ESCAPE '\\')`;
const COLUMNS = `SELECT t.name, c.name, c.type, c."notnull", c.dflt_value, c.pk FROM ${TABLES} t, pragma_table_xinfo(t.name) c`;
const KEYS = `SELECT t.name, k."table", k."from", k."to", k.on_update, k.on_delete FROM ${TABLES} t, pragma_foreign_key_list(t.name) k`;
const INDEXES = `SELECT t.name, i.name, i."unique", i.origin, c.seqno, c.name FROM ${TABLES} t, pragma_index_list(t.name) i, pragma_index_info(i.name) c`;

async function describePostgres(connectionString: string | undefined, sql = ''): Promise<string[]> {
  const client = new Client({ connectionString });
  await client.connect();
  await client.query(sql);
  const questions = [
    `SELECT table_name, column_name, data_type, datetime_precision, is_nullable, column_default
     FROM information_schema.columns WHERE table_schema = 'public'`,
    `SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
     FROM pg_constraint WHERE connamespace = 'public'::regnamespace`,
    `SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'`,
  ];
  const rows: unknown[] = [];
  for (const text of questions) {
    rows.push(...(await client.query<unknown[]>({ text, rowMode: 'array' })).rows);
  }
  await client.end();
  return rows
    .map((row) => JSON.stringify(row))
    .filter((row) => !row.includes('_prisma_migrations'))
    .toSorted();
}
