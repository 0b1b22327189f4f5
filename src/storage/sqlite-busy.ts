// SQLite's own busy timeout sleeps in the thread, and with it every other request of this process.
// So that timeout is off, and who finds the file locked by another process waits here instead.
import { setTimeout as sleep } from 'node:timers/promises';
import { isDriverAdapterError } from '@prisma/driver-adapter-utils';

const PATIENCE_MS = 5_000;
const LONGEST_PAUSE_MS = 25;

/** When somebody who begins to wait now has waited long enough, in milliseconds of the epoch. */
export function patienceFromNow(milliseconds = PATIENCE_MS): number {
  return Date.now() + milliseconds;
}

/** Repeats what found the file locked until the deadline has passed; then its SQLITE_BUSY is the caller's. */
export async function retryWhileBusy<T>(
  attempt: () => T | Promise<T>,
  deadline = patienceFromNow(),
): Promise<T> {
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error) || Date.now() >= deadline) throw error;
    }
    await sleep(pauseMs * (0.5 + Math.random()));
  }
}

/** SQLITE_BUSY and its extended codes. */
export function isBusy(error: unknown): boolean {
  return sqliteCodeOf(error)?.startsWith('SQLITE_BUSY') ?? false;
}

/** As better-sqlite3 and as Prisma's adapter report it. */
export function sqliteCodeOf(error: unknown): string | undefined {
  return isDriverAdapterError(error) ? error.cause.originalCode : codeOf(error);
}

function codeOf(error: unknown): string | undefined {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error;
  return hasCode ? String(error.code) : undefined;
}
