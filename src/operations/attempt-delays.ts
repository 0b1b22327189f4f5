// Attempts by name (attempt-delay-table.ts) and the growing delays between them, kept in the database so that all nodes
// share them. What is refused is not counted, so that nobody drives up a delay by knocking at a closed door. As with the
// rate limits, keys are stored hashed, and counting runs in statements of its own: never call it in a transaction.
import { RateLimiterPrisma, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '../config.ts';
import type { Database } from '../storage/database.ts';
import { ATTEMPT_DELAYS, type AttemptDelay, type AttemptDelayName } from './attempt-delay-table.ts';
import { hashedKey, type RateLimitKey } from './rate-limit-key.ts';

export interface Counted {
  name: AttemptDelayName;
  key: RateLimitKey;
}

/** How long a refused attempt has to wait, and whether it is the first one in this delay, on any node. */
export interface Wait {
  ms: number;
  isFirst: boolean;
}

export interface AttemptDelays {
  /** Adds one, and answers how many there are now. */
  add(counted: Counted): Promise<number>;
  /** Takes one back, of an attempt that was not heard. */
  takeBack(counted: Counted): Promise<void>;
  /** How many there are of each, by one query. */
  countAll(counted: readonly Counted[]): Promise<number[]>;
  /**
   * Lets one attempt through and closes the key for the delay that is due.
   * @param excess how many attempts this one is beyond the free ones; the last free one is 0
   * @returns nothing when it is let through; of many at the same time, one is
   */
  enter(counted: Counted, excess: number): Promise<Wait | undefined>;
  /** What this node knows without a query: how long the key is closed. 0 when it may be open. */
  closedMs(counted: Counted): number;
  forget(counted: Counted): Promise<void>;
}

interface Deps {
  db: Database;
  config: Pick<Config, 'insecureNoRateLimits'>;
}

export function createAttemptDelays({ db, config }: Deps): AttemptDelays {
  if (config.insecureNoRateLimits) return UNLIMITED;

  const doors = new Map<string, Door>(
    Object.entries<AttemptDelay>(ATTEMPT_DELAYS).map(([name, delay]) => [
      name,
      openDoor(db, name, delay),
    ]),
  );
  const at = ({ name, key }: Counted) => {
    const door = doors.get(name);
    if (!door) throw new TypeError(`There is no attempt delay ${name}.`);
    return { ...door, key: hashedKey(key) };
  };

  return {
    async add(counted) {
      const { attempts, key } = at(counted);
      return (await attempts.penalty(key)).consumedPoints;
    },
    async takeBack(counted) {
      const { attempts, key } = at(counted);
      await attempts.reward(key);
    },
    countAll: (counted) =>
      readCounts(
        db,
        counted.map(at).map(({ attempts, key }) => attempts.getKey(key)),
      ),
    enter: (counted, excess) => enter(at(counted), excess),
    closedMs(counted) {
      const { closed, key } = at(counted);
      return closed.getInMemoryBlockMsBeforeExpire(closed.getKey(key));
    },
    async forget(counted) {
      const { attempts, closed, key } = at(counted);
      const keys = [attempts, closed].map((limiter) => limiter.getKey(key));
      await db.rateLimit.deleteMany({ where: { key: { in: keys } } });
      if (closed.getInMemoryBlockMsBeforeExpire(closed.getKey(key)) > 0) await closed.delete(key);
    },
  };
}

const UNLIMITED: AttemptDelays = {
  add: () => Promise.resolve(1),
  takeBack: () => Promise.resolve(),
  countAll: (counted) => Promise.resolve(counted.map(() => 0)),
  enter: () => Promise.resolve(undefined),
  closedMs: () => 0,
  forget: () => Promise.resolve(),
};

interface Door {
  delay: AttemptDelay;
  attempts: RateLimiterPrisma;
  /** Holds a key for as long as it is closed; the first who writes it is let through. */
  closed: RateLimiterPrisma;
}

function openDoor(db: Database, name: string, delay: AttemptDelay): Door {
  // Expired rows are the purge job's.
  const common = { storeClient: db, tableName: 'rateLimit', clearExpiredByTimeout: false };
  return {
    delay,
    attempts: new RateLimiterPrisma({
      ...common,
      keyPrefix: name,
      points: Number.MAX_SAFE_INTEGER,
      duration: delay.seconds,
    }),
    closed: new RateLimiterPrisma({
      ...common,
      keyPrefix: `${name}.closed`,
      points: 1,
      duration: 1, // replaced by the delay that is due
      inMemoryBlockOnConsumed: 2,
    }),
  };
}

async function enter(
  { delay: { delaySeconds }, closed, key }: Door & { key: string },
  excess: number,
): Promise<Wait | undefined> {
  const customDuration = delaySeconds[Math.min(excess, delaySeconds.length - 1)] ?? 0;
  try {
    await closed.consume(key, 1, { customDuration });
    return undefined;
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    return { ms: refusal.msBeforeNext, isFirst: refusal.consumedPoints === 2 };
  }
}

// Of several keys at once, which the package can't.
async function readCounts(db: Database, keys: string[]): Promise<number[]> {
  const where = { key: { in: keys }, expire: { gt: new Date() } };
  const rows = await db.rateLimit.findMany({ where });
  const counts = new Map(rows.map(({ key, points }) => [key, points]));
  return keys.map((key) => counts.get(key) ?? 0);
}
