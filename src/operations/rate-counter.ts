// Counts one rate limit by key; the doorway of rate-limiter-flexible. A key that exceeded its limit is refused from
// memory from then on: a flood costs no queries.
//
// Concurrent first attempts are safe: the library's upsert is one `insert … on conflict do update` on both engines.
import { RateLimiterPrisma, RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock } from '../foundation/clock.ts';
import { DomainError } from '../foundation/errors.ts';
import type { Database } from '../storage/database.ts';
import { appendAuditEvent } from './audit/audit-log.ts';
import { countRateLimited } from './metrics.ts';
import { createLeases } from './point-leases.ts';
import type { RateLimit } from './rate-limit-table.ts';
import { currentRequest } from './request-scope.ts';

declare module 'rate-limiter-flexible' {
  interface RateLimiterPrisma {
    /** Public, but missing from the package's types. */
    getInMemoryBlockMsBeforeExpire(storedKey: string): number;
  }
}

export interface Deps {
  db: Database;
  clock: Clock;
}

const STRIKES = { points: Number.MAX_SAFE_INTEGER, seconds: 86_400 };

export interface Counter {
  consume(key: string): Promise<void>;
  /** Whether any key was ever refused by this process: else none is blocked. */
  hasRefused(): boolean;
  blockedMs(key: string): number;
  reward(key: string): Promise<void>;
  reset(key: string): Promise<void>;
}

export function createCounter(deps: Deps, name: string, limit: RateLimit): Counter {
  const store = storedLimiter(deps.db, name, limit);
  const strikes = storedLimiter(deps.db, `${name}.strikes`, STRIKES);
  const limited = { ...deps, name, limit, store, strikes, hasRefused: false };
  const takeOne = (key: string) => take(limited, key, 1);
  const spend = limit.lease
    ? createLeases((key, points) => take(limited, key, points), limit.lease)
    : takeOne;

  return {
    consume: async (key) => void (await spend(key)),
    hasRefused: () => limited.hasRefused,
    blockedMs: (key) => store.getInMemoryBlockMsBeforeExpire(store.getKey(key)),
    reward: async (key) => void (await store.reward(key)),
    reset: async (key) => void (await store.delete(key)),
  };
}

interface Limited extends Deps {
  name: string;
  limit: RateLimit;
  store: RateLimiterPrisma;
  strikes: RateLimiterPrisma;
  hasRefused: boolean;
}

/** Answers the end of the window, in epoch milliseconds. */
async function take(limited: Limited, key: string, points: number): Promise<number> {
  const { name, limit, store } = limited;
  try {
    const { msBeforeNext } = await store.consume(key, points);
    return Date.now() + msBeforeNext;
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;

    limited.hasRefused = true;

    const { consumedPoints, msBeforeNext } = refusal;
    const isFirst = consumedPoints > limit.points && consumedPoints <= limit.points + points;
    throw tooMany(name, isFirst ? await punish(limited, key, msBeforeNext) : msBeforeNext);
  }
}

/** What happens once a window: the audit event, and the block. Answers how long the key is refused now. */
async function punish(limited: Limited, key: string, windowMs: number): Promise<number> {
  const { db, clock, name, limit, store, strikes } = limited;
  await appendAuditEvent(db, clock.now(), {
    type: 'rate_limit.exceeded',
    outcome: 'refused',
    actor: { type: 'anonymous' },
    request: currentRequest(),
    detail: { limit: name },
  });
  if (!limit.blockSeconds) return windowMs;

  const { consumedPoints: strike } = await strikes.consume(key);
  const seconds = limit.blockSeconds[Math.min(strike, limit.blockSeconds.length) - 1] ?? 0;
  await store.block(key, seconds);
  return seconds * 1000;
}

function storedLimiter(db: Database, name: string, { points, seconds }: RateLimit) {
  return new RateLimiterPrisma({
    storeClient: db,
    tableName: 'rateLimit',
    keyPrefix: name,
    points,
    duration: seconds,
    inMemoryBlockOnConsumed: points + 1,
    // Expired rows are the purge job's.
    clearExpiredByTimeout: false,
  });
}

/** @param waitMs until the next attempt may succeed */
export function tooMany(name: string, waitMs: number): DomainError {
  countRateLimited(name);
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  const message = `Too many attempts. Try again in ${inWords(retryAfterSeconds)}.`;
  return new DomainError('too-many', 'rate_limited', message, { retryAfterSeconds });
}

function inWords(seconds: number): string {
  if (seconds === 1) return 'a second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? 'a minute' : `${minutes} minutes`;
}
