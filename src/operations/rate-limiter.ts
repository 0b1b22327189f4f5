// Rate limits by name (rate-limit-table.ts), counted in the database so that all nodes share them. Keys are stored
// hashed, since they hold logins and addresses. Counting runs in statements of its own: never call it inside a
// transaction.
import type { Config } from '../config.ts';
import { type Counter, createCounter, type Deps as CounterDeps, tooMany } from './rate-counter.ts';
import { hashedKey as hashed, type RateLimitKey } from './rate-limit-key.ts';
import { RATE_LIMITS, type RateLimit, type RateLimitName } from './rate-limit-table.ts';

interface Deps extends CounterDeps {
  config: Pick<Config, 'insecureNoRateLimits'>;
}

export interface RateLimits {
  /** @throws DomainError `too-many` when the key has no points left; the database's error when it is away */
  consume(name: RateLimitName, key: RateLimitKey): Promise<void>;
  /** Whether this node ever refused anybody by that limit: else nobody is blocked. */
  hasRefused(name: RateLimitName): boolean;
  /** Known to this node without a query; another node may know more, until the next `consume` here. */
  isBlocked(name: RateLimitName, key: RateLimitKey): boolean;
  /** @throws DomainError `too-many` when `isBlocked` */
  assertNotBlocked(name: RateLimitName, key: RateLimitKey): void;
  /** Gives one point back, after what turned out to be legitimate. */
  reward(name: RateLimitName, key: RateLimitKey): Promise<void>;
  /** Forgets what was counted. */
  reset(name: RateLimitName, key: RateLimitKey): Promise<void>;
}

export function createRateLimits(deps: Deps): RateLimits {
  if (deps.config.insecureNoRateLimits) return UNLIMITED;

  const counters = new Map<string, Counter>(
    Object.entries<RateLimit>(RATE_LIMITS).map(([name, limit]) => [
      name,
      createCounter(deps, name, limit),
    ]),
  );
  const at = (name: RateLimitName): Counter => {
    const counter = counters.get(name);
    if (!counter) throw new TypeError(`There is no rate limit ${name}.`);
    return counter;
  };

  const blockedMs = (name: RateLimitName, key: RateLimitKey): number =>
    at(name).hasRefused() ? at(name).blockedMs(hashed(key)) : 0;

  return {
    consume: (name, key) => at(name).consume(hashed(key)),
    hasRefused: (name) => at(name).hasRefused(),
    isBlocked: (name, key) => blockedMs(name, key) > 0,
    assertNotBlocked(name, key) {
      const waitMs = blockedMs(name, key);
      if (waitMs > 0) throw tooMany(name, waitMs);
    },
    reward: (name, key) => at(name).reward(hashed(key)),
    reset: (name, key) => at(name).reset(hashed(key)),
  };
}

const UNLIMITED: RateLimits = {
  consume: () => Promise.resolve(),
  hasRefused: () => false,
  isBlocked: () => false,
  assertNotBlocked: () => undefined,
  reward: () => Promise.resolve(),
  reset: () => Promise.resolve(),
};
