import {
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlQuery,
  type Transaction,
} from '@prisma/driver-adapter-utils';
import type { TakeTurn } from './mutual-exclusion.ts';
import { patienceFromNow, retryWhileBusy, sqliteCodeOf } from './sqlite-busy.ts';

type State = 'open' | 'failed' | 'closed';

/**
 * Begins a transaction when its turn comes, and holds the turn until it ends. IMMEDIATE, since a transaction that
 * reads first and writes later would find its snapshot outdated (SQLITE_BUSY_SNAPSHOT), for which waiting is no help.
 */
export async function openTransaction(
  connection: SqlDriverAdapter,
  takeTurn: TakeTurn,
): Promise<Transaction> {
  const deadline = patienceFromNow();
  const giveBack = await takeTurn();
  try {
    await retryWhileBusy(() => connection.executeScript('BEGIN IMMEDIATE'), deadline);
  } catch (error) {
    giveBack();
    throw error;
  }
  return transactionOn(connection, giveBack);
}

/** Undoes what is open, if anything: SQLite itself rolls back when the disk is full or fails. */
export async function rollBack(connection: SqlDriverAdapter): Promise<void> {
  await Promise.allSettled([execute(connection, 'ROLLBACK')]);
}

/** Undone is the statement alone; whatever else fails may have rolled back its transaction. */
export function isConstraintViolation(error: unknown): boolean {
  return sqliteCodeOf(error)?.startsWith('SQLITE_CONSTRAINT') ?? false;
}

function transactionOn(connection: SqlDriverAdapter, giveBack: () => void): Transaction {
  let state: State = 'open';

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    if (state !== 'open') throw alreadyClosed(state);

    try {
      return await work();
    } catch (error) {
      if (!isConstraintViolation(error)) state = 'failed';
      throw error;
    }
  }
  const script = (sql: string) => guarded(() => execute(connection, sql));
  async function rollback() {
    if (state === 'closed') return;
    state = 'closed';
    await rollBack(connection);
    giveBack();
  }

  return {
    provider: connection.provider,
    adapterName: connection.adapterName,
    options: { usePhantomQuery: true },
    queryRaw: (query: SqlQuery) => guarded(() => connection.queryRaw(query)),
    executeRaw: (query: SqlQuery) => guarded(() => connection.executeRaw(query)),
    commit: async () => {
      try {
        await script('COMMIT');
      } catch (error) {
        await rollback();
        throw error;
      }
      state = 'closed';
      giveBack();
    },
    rollback,
    createSavepoint: (name) => script(`SAVEPOINT ${name}`),
    rollbackToSavepoint: (name) => script(`ROLLBACK TO ${name}`),
    releaseSavepoint: (name) => script(`RELEASE SAVEPOINT ${name}`),
  };
}

// The library's executeScript throws instead of rejecting.
async function execute(connection: SqlDriverAdapter, sql: string) {
  return connection.executeScript(sql);
}

function alreadyClosed(state: State) {
  const cause =
    state === 'failed'
      ? 'A statement of this transaction failed, so that nothing more of it is done.'
      : 'This transaction has ended.';
  return new DriverAdapterError({ kind: 'TransactionAlreadyClosed', cause });
}
