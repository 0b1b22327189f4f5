// The door to the database: SQLite in the data directory, or PostgreSQL where DATABASE_URL says so.
// Code is typed against the SQLite client, the smaller of the two, so that what compiles runs on both.
import { setTimeout as sleep } from 'node:timers/promises';
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { Config } from '../config.ts';
import { prepareDataDirectory, sqliteFile } from './data-directory.ts';
import { isWriteConflict } from './database-errors.ts';
import type { PrismaClient } from './generated/sqlite/client.ts';
import { adapterPointReader, offerPointReads, type PointReader } from './point-reads.ts';
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
  const { adapter, connected } = observed(factory, config);
  const db = new PrismaClient({ adapter, transactionOptions: TRANSACTION, errorFormat: 'minimal' });
  offerPointReads(db, {
    engine,
    async reader() {
      if (!connected.reader) await db.$connect();
      if (!connected.reader) throw new Error('The database client connected without its adapter.');
      return connected.reader;
    },
  });
  return db;
}

/** The factory, and in time what reads rows beside what it connected. */
function observed(factory: SqlDriverAdapterFactory, config: Config) {
  const connected: { reader?: PointReader } = {};
  const { provider, adapterName } = factory;

  async function connect(): Promise<SqlDriverAdapter> {
    const adapter = await factory.connect();
    const reader = await openReader(adapter, config);
    connected.reader = reader;
    const disconnect = adapter.dispose.bind(adapter);
    return Object.assign(adapter, {
      async dispose() {
        delete connected.reader;
        reader.close();
        await disconnect();
      },
    });
  }
  return { adapter: { provider, adapterName, connect }, connected };
}

async function openReader(adapter: SqlDriverAdapter, config: Config): Promise<PointReader> {
  if (config.databaseUrl) return adapterPointReader(adapter);
  const { openSqlitePointReader } = await import('./sqlite-point-reader.ts');
  return openSqlitePointReader(sqliteFile(config));
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
