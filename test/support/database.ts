// An empty, migrated database of the engine that the test runs on (jest.config.js runs each test on both).
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { type Config, readConfig } from '../../src/config.ts';
import { connectDatabase, type Database, type Engine } from '../../src/storage/database.ts';
import { migrate } from '../../src/storage/migrate.ts';

declare global {
  /** The engine that this project of jest.config.js runs on. */
  var ENGINE: Engine | undefined;
}

export interface TestDatabase {
  db: Database;
  config: Config;
  /** The settings that lead to it. */
  env: Place['env'];
  /** Disconnects and leaves nothing behind. */
  dispose: () => Promise<void>;
}

type Env = Record<string, string | undefined>;

/** The project's directory. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** @param env settings that differ from the defaults */
export async function emptyDatabase(env: Env = {}): Promise<TestDatabase> {
  const place = await emptyPlace();
  const config = readConfig({ NODE_ENV: 'test', ...place.env, ...env }, ROOT);
  await migrate(config);
  const db = await connectDatabase(config);
  return {
    db,
    config,
    env: place.env,
    dispose: async () => {
      await db.$disconnect();
      await place.dispose();
    },
  };
}

export interface Place {
  /** The settings that lead to it. */
  env: { DATA_DIR: string; DATABASE_URL?: string };
  dispose: () => Promise<void>;
}

/** A data directory, and on PostgreSQL a database. SQLite's is yet to be migrated, and so is the other if asked for. */
export async function emptyPlace({ migrated = true } = {}): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  const DATA_DIR = join(directory, 'data');
  if (globalThis.ENGINE !== 'postgresql') {
    return { env: { DATA_DIR }, dispose: async () => remove() };
  }

  const { url, drop } = await createPostgresDatabase(migrated ? 'TEMPLATE latchkey_template' : '');
  const dispose = async () => {
    await drop();
    remove();
  };
  return { env: { DATA_DIR, DATABASE_URL: url }, dispose };
}

/** A database of its own on the server that the tests share. */
export async function createPostgresDatabase(template = '') {
  const server = process.env['POSTGRES_FOR_TESTS'];
  if (!server) throw new Error('No PostgreSQL server was started for this test.');

  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdministrator(server, `CREATE DATABASE ${name} ${template}`);
  return {
    url: `${server}${name}`,
    drop: () => asAdministrator(server, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

async function asAdministrator(server: string, statement: string) {
  const client = new Client({ connectionString: `${server}postgres` });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
