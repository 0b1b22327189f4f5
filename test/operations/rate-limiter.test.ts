import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRateLimits, type RateLimits } from '../../src/operations/rate-limiter.ts';
import { connectDatabase, type Database } from '../../src/storage/database.ts';
import { isUnavailable } from '../../src/storage/database-errors.ts';
import { clockAt } from '../support/clock.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';

const clock = clockAt('2026-01-01T00:00:00Z');
const config = { insecureNoRateLimits: false };

let database: TestDatabase;
let otherConnection: Database;
/** Two nodes: each with its own memory and connection, on one database. */
let node: RateLimits;
let otherNode: RateLimits;

beforeAll(async () => {
  database = await emptyDatabase();
  otherConnection = await connectDatabase(database.config);
  node = createRateLimits({ db: database.db, clock, config });
  otherNode = createRateLimits({ db: otherConnection, clock, config });
});

afterAll(async () => {
  await otherConnection.$disconnect();
  await database.dispose();
});

const audited = (limit: string) =>
  database.db.auditEvent
    .findMany({ where: { type: 'rate_limit.exceeded' } })
    .then(
      (events) =>
        events.filter(({ detail }) => JSON.stringify(detail) === JSON.stringify({ limit })).length,
    );

async function consumeTimes(limits: RateLimits, times: number, key: string): Promise<number> {
  let refused = 0;
  for (let i = 0; i < times; i++) {
    await limits.consume('setup', key).catch(() => {
      refused += 1;
    });
  }
  return refused;
}

test('the eleventh is refused, with the time to wait and one audit event', async () => {
  const key = ['alice', '192.0.2.1'];
  for (let i = 0; i < 10; i++) await node.consume('setup', key);
  expect(node.isBlocked('setup', key)).toBe(false);

  for (let i = 0; i < 3; i++) {
    await expect(node.consume('setup', key)).rejects.toMatchObject({
      refusal: 'too-many',
      code: 'rate_limited',
      retryAfterSeconds: expect.closeTo(900, -1),
    });
  }
  expect(node.isBlocked('setup', key)).toBe(true);
  expect(() => node.assertNotBlocked('setup', key)).toThrow('Too many attempts');
  expect(await audited('setup')).toBe(1);
});

test('all nodes count together, also those who come first at the same moment', async () => {
  const attempts = Array.from({ length: 50 }, (_, i) =>
    (i % 2 ? node : otherNode).consume('deviceUserCodes', '192.0.2.2'),
  );
  const outcomes = await Promise.allSettled(attempts);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
  const refusals = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
  expect(new Set(refusals)).toEqual(new Set(['rate_limited']));
  expect(await audited('deviceUserCodes')).toBe(1);
});

test('attack 28: another part of the key and another limit are not touched', async () => {
  const others = [
    node.consume('setup', ['alice', '192.0.2.9']),
    node.consume('setup', ['bob', '192.0.2.1']),
    node.consume('registration', ['alice', '192.0.2.1']),
  ];
  expect(await Promise.all(others)).toEqual([undefined, undefined, undefined]);
});

test('attack 28: parts of a key cannot be shifted into one another', async () => {
  expect(await consumeTimes(node, 11, '["alice","x"]')).toBe(1);
  await node.consume('setup', ['alice', 'x']);
});

test('attack 28: a /64 counts as one address', async () => {
  for (let i = 0; i < 10; i++) await node.consume('setup', `2001:db8::${i}`);
  await expect(node.consume('setup', '2001:db8::ffff')).rejects.toMatchObject({
    code: 'rate_limited',
  });
  await node.consume('setup', '2001:db8:0:1::1');
});

test('who is refused is refused from memory: a flood costs no queries', async () => {
  await consumeTimes(node, 11, '192.0.2.3');
  const before = await database.db.rateLimit.aggregate({ _sum: { points: true } });
  expect(await consumeTimes(node, 100, '192.0.2.3')).toBe(100);
  expect(await database.db.rateLimit.aggregate({ _sum: { points: true } })).toEqual(before);
});

test('a block is known on other nodes as soon as they ask', async () => {
  await consumeTimes(node, 11, '192.0.2.4');
  expect(otherNode.isBlocked('setup', '192.0.2.4')).toBe(false);
  expect(await consumeTimes(otherNode, 1, '192.0.2.4')).toBe(1);
  expect(otherNode.isBlocked('setup', '192.0.2.4')).toBe(true);
});

test('blocks grow with every excess of a day, and not without end', async () => {
  const key = ['carol', '192.0.2.1'];
  const waits: number[] = [];
  for (let excess = 0; excess < 4; excess++) {
    // A node that has forgotten, and a window that has ended.
    const fresh = createRateLimits({ db: database.db, clock, config });
    await fresh.reset('setup', key);
    for (let i = 0; i < 10; i++) await fresh.consume('setup', key);
    await fresh.consume('setup', key).catch((error) => waits.push(error.retryAfterSeconds));
  }
  expect(waits).toEqual([900, 3600, 3600, 3600]);
  // Not only said, but kept, and by every node.
  await expect(otherNode.consume('setup', key)).rejects.toMatchObject({
    retryAfterSeconds: expect.closeTo(3600, -2),
  });
});

test('success forgets or gives back what was counted', async () => {
  for (let i = 0; i < 30; i++) {
    await node.consume('setup', '192.0.2.5');
    await node.reward('setup', '192.0.2.5');
  }
  expect(await consumeTimes(node, 8, '192.0.2.5')).toBe(0);
  await node.reset('setup', '192.0.2.5');
  expect(await consumeTimes(node, 10, '192.0.2.5')).toBe(0);
});

test('the generous limit costs a tenth of the queries and still ends', async () => {
  let refused = 0;
  const attempt = () =>
    node.consume('anonymousRows', '192.0.2.6').catch(() => {
      refused += 1;
    });
  await Promise.all(Array.from({ length: 290 }, attempt));
  expect(refused).toBe(0);
  await Promise.all(Array.from({ length: 50 }, attempt));
  expect(refused).toBe(40);
  expect(await audited('anonymousRows')).toBe(1);
});

test('no login and no address is stored in clear', async () => {
  const rows = JSON.stringify(await database.db.rateLimit.findMany());
  expect(rows).not.toMatch(/alice|carol|192\.0\.2|2001:db8/);
});

test('when the database is away the limiter says so, rather than let everybody through', async () => {
  const away = await connectDatabase(database.config);
  const failing = Object.assign(Object.create(away), {
    rateLimit: {
      deleteMany: () =>
        Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })),
    },
  });
  const limits = createRateLimits({ db: failing, clock, config });
  const outcome = await limits.consume('setup', '192.0.2.7').catch((error) => error);
  await away.$disconnect();
  expect(isUnavailable(outcome)).toBe(true);
});

test('switched off, nothing is limited and nothing is stored', async () => {
  const before = await database.db.rateLimit.count();
  const off = createRateLimits({ db: database.db, clock, config: { insecureNoRateLimits: true } });
  expect(await consumeTimes(off, 50, '192.0.2.8')).toBe(0);
  expect(off.isBlocked('setup', '192.0.2.8')).toBe(false);
  expect(await database.db.rateLimit.count()).toBe(before);
});
