// Prisma's driver adapter for SQLite, over two connections of Prisma's own better-sqlite3 adapter (whose
// conversion of values is used as it is). That adapter has one connection: while a request has a transaction
// open there, the statements of all others land inside it, and its rollback undoes what they acknowledged.
//
// Here, single reads go straight to a connection that never writes; whatever writes goes to the other, one at a
// time: a transaction, or the single writes that have gathered meanwhile, which share one commit (and its fsync).
import Sqlite, { type Database } from 'better-sqlite3';
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import {
  DriverAdapterError,
  type IsolationLevel,
  type SqlDriverAdapter,
  type SqlDriverAdapterFactory,
  type SqlQuery,
} from '@prisma/driver-adapter-utils';
import { createTurnstile } from './mutual-exclusion.ts';
import { retryWhileBusy } from './sqlite-busy.ts';
import { keepStatements } from './sqlite-statements.ts';
import { openTransaction } from './sqlite-transaction.ts';
import { createWriteQueue } from './sqlite-write-queue.ts';

const PRAGMAS = ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON'];

/** Executes a statement, and answers how many rows it changed. */
export type RunStatement = (sql: string, values: unknown[]) => number;

export interface AtomicWrites {
  /** Does all that the work does, or nothing; it may be done again. */
  together<T>(work: (run: RunStatement) => T): Promise<T>;
}

export type SqliteAdapter = SqlDriverAdapter & AtomicWrites;

interface Factory extends SqlDriverAdapterFactory {
  connect(): Promise<SqliteAdapter>;
}

/** @param path of the database's file, whose directory must exist */
export function sqliteAdapter(path: string): Factory {
  return { ...IDENTITY, connect: () => connect(path) };
}

const IDENTITY = { provider: 'sqlite', adapterName: '@prisma/adapter-better-sqlite3' } as const;

async function connect(path: string): Promise<SqliteAdapter> {
  const writer = await openConnection(path, PRAGMAS);
  const reader = await openConnection(path, [...PRAGMAS, 'query_only = ON']);
  const atomically = createSavepoints(clientOf(writer));
  const takeTurn = createTurnstile();
  const enqueueWrite = createWriteQueue(writer, takeTurn);
  const run = <T>(query: SqlQuery, on: (connection: SqlDriverAdapter) => Promise<T>) =>
    isRead(query) ? retryWhileBusy(() => on(reader)) : enqueueWrite(() => on(writer));

  return {
    ...IDENTITY,
    queryRaw: (query) => run(query, (connection) => connection.queryRaw(query)),
    executeRaw: (query) => run(query, (connection) => connection.executeRaw(query)),
    together: (work) => enqueueWrite(async () => atomically(work)),
    executeScript: (script) => enqueueWrite(async () => writer.executeScript(script)),
    startTransaction: (isolationLevel) => {
      refuseWeaker(isolationLevel);
      return openTransaction(writer, takeTurn);
    },
    dispose: async () => {
      await Promise.all([reader.dispose(), writer.dispose()]);
    },
  };
}

async function openConnection(path: string, pragmas: string[]): Promise<SqlDriverAdapter> {
  const factory = new PrismaBetterSqlite3({ url: path, timeout: 0 });
  const connection = await retryWhileBusy(() => factory.connect());
  keepStatements(clientOf(connection));
  for (const pragma of pragmas) {
    await retryWhileBusy(() => connection.executeScript(`PRAGMA ${pragma}`));
  }
  return connection;
}

// The library keeps its connection to itself, and has no setting for what is done to it here.
function clientOf(connection: SqlDriverAdapter): Database {
  const client: unknown = Reflect.get(connection, 'client');
  if (client instanceof Sqlite) return client;
  throw new TypeError('The adapter of better-sqlite3 is not made as it was.');
}

/** Works within a transaction that is open, and makes one where there is none. */
function createSavepoints(connection: Database) {
  const run: RunStatement = (sql, values) => connection.prepare(sql).bind(values).run().changes;

  return function atomically<T>(work: (run: RunStatement) => T): T {
    run('SAVEPOINT together', []);
    try {
      const result = work(run);
      run('RELEASE together', []);
      return result;
    } catch (error) {
      undo(connection);
      throw error;
    }
  };
}

function undo(connection: Database): void {
  if (!connection.inTransaction) return; // A full disk, say, has undone it all.
  connection.exec('ROLLBACK TO together');
  connection.exec('RELEASE together');
}

// `with … select` counts as a write: it is rare here, and only waits a little longer.
function isRead({ sql }: SqlQuery): boolean {
  return /^\s*select\b/i.test(sql);
}

function refuseWeaker(level: IsolationLevel | undefined) {
  if (level && level !== 'SERIALIZABLE') {
    throw new DriverAdapterError({ kind: 'InvalidIsolationLevel', level });
  }
}
