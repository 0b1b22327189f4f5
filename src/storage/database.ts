// The door to the database: SQLite in the data directory, or PostgreSQL where DATABASE_URL says so.
// Code is typed against the SQLite client, the smaller of the two, so that what compiles runs on both.
import { setTimeout as sleep } from 'node:timers/promises';
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { Config } from '../config.ts';
import { prepareDataDirectory, sqliteFile } from './data-directory.ts';
import { isWriteConflict } from './database-errors.ts';
import type { PrismaClient } from './generated/sqlite/client.ts';
import { offerPointReads } from './point-reads.ts';
import type * as SqliteClient from './generated/sqlite/client.ts';

/** A connection or an open transaction: stores cannot tell which, and need not. */
export type Db = Omit<
  PrismaClient,
  '$connect' | '$disconnect' | '$extends' | '$on' | '$transaction'
>;

export type { PrismaClient as Database };

export type Engine = 'sqlite' | 'postgresql';

// Longer than a writer waits for the lock of another process (sqlite-busy.ts), so that it is that wait which fails.
const TRANSACTION = { maxWait: 7_000, timeout: 10_000 };
const ATTEMPTS = 6;
const PAUSE_MS = 15;

export function engineOf({ databaseUrl }: Pick<Config, 'databaseUrl'>): Engine {
  return databaseUrl ? 'postgresql' : 'sqlite';
}

/**
 * Makes the client of the configured engine; only that engine's code is loaded. PostgreSQL is first contacted by the
 * first query. The schema is migrate.ts's business.
 * @throws DomainError `unavailable` when the data directory cannot be made or written
 */
export async function connectDatabase(config: Config): Promise<PrismaClient> {
  const engine = engineOf(config);
  const [{ PrismaClient }, factory] = await Promise.all([loadClient(engine), loadAdapter(config)]);
  const { adapter, connected } = observed(factory);
  const db = new PrismaClient({ adapter, transactionOptions: TRANSACTION, errorFormat: 'minimal' });
  offerPointReads(db, {
    engine,
    async adapter() {
      if (!connected.adapter) await db.$connect();
      if (!connected.adapter) throw new Error('The database client connected without its adapter.');
      return connected.adapter;
    },
  });
  return db;
}

/** The factory, and in time what it connected. */
function observed(factory: SqlDriverAdapterFactory) {
  const connected: { adapter?: SqlDriverAdapter } = {};
  const connect = async () => {
    connected.adapter = await factory.connect();
    return connected.adapter;
  };
  const { provider, adapterName } = factory;
  return { adapter: { provider, adapterName, connect }, connected };
}

/**
 * Runs the work in one transaction, again when it lost a race that only a repetition can settle (a serialization
 * failure or deadlock). So the work must have no effect outside the database. Never use another `Db` inside it.
 */
export async function transact<T>(db: PrismaClient, work: (tx: Db) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.$transaction(work);
    } catch (error) {
      if (attempt === ATTEMPTS || !isWriteConflict(error)) throw error;
    }
    await sleep(PAUSE_MS * 2 ** attempt * Math.random());
  }
}

// The other engine's client has the same methods, though its generated types have other names.
function loadClient(engine: Engine): Promise<typeof SqliteClient> {
  return import(`./generated/${engine}/client.ts`);
}

async function loadAdapter(config: Config): Promise<SqlDriverAdapterFactory> {
  if (config.databaseUrl) {
    const { postgresAdapter } = await import('./postgres-adapter.ts');
    return postgresAdapter(config.databaseUrl, config.databasePool);
  }
  const { sqliteAdapter } = await import('./sqlite-adapter.ts');
  await prepareDataDirectory(config);
  return sqliteAdapter(sqliteFile(config));
}
