// The door to the database: SQLite in the data directory, or PostgreSQL where DATABASE_URL says so.
// Code is typed against the SQLite client, the smaller of the two, so that what compiles runs on both.
import { setTimeout as sleep } from 'node:timers/promises';
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { Config } from '../config.ts';
import { awaitCommit, followCommit } from './after-commit.ts';
import { type DirectAccess, offerDirectAccess } from './direct-access.ts';
import { prepareDataDirectory, sqliteFile } from './data-directory.ts';
import { isWriteConflict } from './database-errors.ts';
import type { PrismaClient } from './generated/sqlite/client.ts';
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
  const [{ PrismaClient }, driver] = await Promise.all([loadClient(engine), loadDriver(config)]);
  const { adapter, connected } = observed(driver);
  const db = new PrismaClient({ adapter, transactionOptions: TRANSACTION, errorFormat: 'minimal' });
  offerDirectAccess(db, async () => {
    if (!connected.direct) await db.$connect();
    if (!connected.direct) throw new Error('The database client connected without its adapter.');
    return connected.direct;
  });
  return db;
}

/** An adapter's factory, and the way to its driver that does without the adapter. */
interface Driver {
  factory: Pick<SqlDriverAdapterFactory, 'provider' | 'adapterName'>;
  connect: () => Promise<{ adapter: SqlDriverAdapter; direct: DirectAccess }>;
}

/** The driver's factory, and in time the direct access beside what it connected. */
function observed({ factory: { provider, adapterName }, connect }: Driver) {
  const connected: { direct?: DirectAccess } = {};

  async function connectBoth(): Promise<SqlDriverAdapter> {
    const { adapter, direct } = await connect();
    connected.direct = direct;
    const disconnect = adapter.dispose.bind(adapter);
    return Object.assign(adapter, {
      async dispose() {
        delete connected.direct;
        direct.close();
        await disconnect();
      },
    });
  }
  return { adapter: { provider, adapterName, connect: connectBoth }, connected };
}

/**
 * Runs the work in one transaction, again when it lost a race that only a repetition can settle (a serialization
 * failure or deadlock). So the work must have no effect outside the database. Never use another `Db` inside it.
 */
export function transact<T>(db: PrismaClient, work: (tx: Db) => Promise<T>): Promise<T> {
  return repeatLostRaces(async () => {
    const { result, tx } = await db.$transaction(async (open) => {
      awaitCommit(open);
      return { result: await work(open), tx: open };
    });
    followCommit(tx);
    return result;
  });
}

/** For an act that is one transaction: repeats it as `transact` does. */
export async function repeatLostRaces<T>(act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
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

async function loadDriver(config: Config): Promise<Driver> {
  return config.databaseUrl
    ? postgresDriver(config.databaseUrl, config.databasePool)
    : sqliteDriver(config);
}

async function postgresDriver(databaseUrl: string, connections: number): Promise<Driver> {
  const { postgresAdapter } = await import('./postgres-adapter.ts');
  const { postgresDirectAccess } = await import('./postgres-direct-access.ts');
  const { factory, statementName } = postgresAdapter(databaseUrl, connections);
  return {
    factory,
    async connect() {
      const adapter = await factory.connect();
      return { adapter, direct: postgresDirectAccess(adapter.underlyingDriver(), statementName) };
    },
  };
}

async function sqliteDriver(config: Config): Promise<Driver> {
  const { sqliteAdapter } = await import('./sqlite-adapter.ts');
  const { openSqliteDirectAccess } = await import('./sqlite-direct-access.ts');
  await prepareDataDirectory(config);
  const path = sqliteFile(config);
  const factory = sqliteAdapter(path);
  return {
    factory,
    async connect() {
      const adapter = await factory.connect();
      return { adapter, direct: openSqliteDirectAccess(path, adapter) };
    },
  };
}
