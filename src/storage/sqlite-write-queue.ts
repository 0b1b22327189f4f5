import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type { TakeTurn } from './mutual-exclusion.ts';
import { patienceFromNow, retryWhileBusy } from './sqlite-busy.ts';
import { isConstraintViolation, rollBack } from './sqlite-transaction.ts';

interface PendingWrite {
  execute: () => Promise<unknown>;
  /** Hands the caller what the latest execution gave. */
  answer: () => void;
  refuse: (error: unknown) => void;
}

/**
 * Group commit: single writes that arrive in one turn of the event loop, or while another has the connection, are
 * committed together. Callers are answered after the commit; a statement's constraint violation is its own.
 */
export function createWriteQueue(connection: SqlDriverAdapter, takeTurn: TakeTurn) {
  let waiting: PendingWrite[] = [];

  async function flush() {
    const deadline = patienceFromNow();
    const giveBack = await takeTurn();
    const writes = waiting;
    waiting = [];
    try {
      await writeBatch(connection, { writes, deadline });
    } finally {
      giveBack();
    }
  }

  return function enqueue<T>(write: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let result: Promise<T>;
    waiting.push({
      execute: () => (result = write()),
      answer: () => resolve(result),
      refuse: reject,
    });
    if (waiting.length === 1) setImmediate(() => void flush());
    return promise;
  };
}

interface Batch {
  writes: PendingWrite[];
  deadline: number;
}

async function writeBatch(connection: SqlDriverAdapter, batch: Batch) {
  const { writes, deadline } = batch;
  if (writes.length === 1) return writeEach(batch);

  try {
    await retryWhileBusy(() => connection.executeScript('BEGIN IMMEDIATE'), deadline);
  } catch (error) {
    return writes.forEach(({ refuse }) => refuse(error));
  }
  if (await commitTogether(connection, writes)) return writes.forEach(({ answer }) => answer());

  await rollBack(connection);
  await writeEach(batch);
}

async function writeEach({ writes, deadline }: Batch) {
  for (const { execute, answer } of writes) {
    await Promise.allSettled([retryWhileBusy(execute, deadline)]);
    answer();
  }
}

/** Answers false when the statements must be tried one by one, to learn whose fault it was. */
async function commitTogether(connection: SqlDriverAdapter, writes: PendingWrite[]) {
  const outcomes = await Promise.allSettled(writes.map(({ execute }) => execute()));
  if (!outcomes.every(leavesTheOthers)) return false;

  const [commit] = await Promise.allSettled([(async () => connection.executeScript('COMMIT'))()]);
  return commit.status === 'fulfilled';
}

// A constraint undoes its own statement; a full disk, say, may have rolled back everything before it.
function leavesTheOthers(outcome: PromiseSettledResult<unknown>): boolean {
  return outcome.status === 'fulfilled' || isConstraintViolation(outcome.reason);
}
