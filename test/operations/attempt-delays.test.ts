import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ATTEMPT_DELAYS } from '../../src/operations/attempt-delay-table.ts';
import { type AttemptDelays, createAttemptDelays } from '../../src/operations/attempt-delays.ts';
import { isFirstInPeriod } from '../../src/operations/once-per-period.ts';
import { connectDatabase, type Database, transact } from '../../src/storage/database.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';

const config = { insecureNoRateLimits: false };
const { free, delaySeconds } = ATTEMPT_DELAYS.signInByAccount;

let database: TestDatabase;
let otherConnection: Database;
/** Two nodes: each with its own memory and connection, on one database. */
let node: AttemptDelays;
let otherNode: AttemptDelays;

beforeAll(async () => {
  database = await emptyDatabase();
  otherConnection = await connectDatabase(database.config);
  node = createAttemptDelays({ db: database.db, config });
  otherNode = createAttemptDelays({ db: otherConnection, config });
});

afterAll(async () => {
  await otherConnection.$disconnect();
  await database.dispose();
});

const at = (key: string) => ({ name: 'signInByAccount', key }) as const;

test('delays double from a second to a quarter of an hour, and stay there', async () => {
  const waits: number[] = [];
  for (let excess = 0; excess < delaySeconds.length + 2; excess++) {
    expect(await node.enter(at(`excess-${excess}`), excess)).toBeUndefined();
    const wait = await otherNode.enter(at(`excess-${excess}`), excess);
    waits.push(Math.ceil((wait?.ms ?? 0) / 1000));
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
});

test('of many at the same moment, on two nodes, one is let through', async () => {
  const entered = await Promise.all(
    Array.from({ length: 40 }, (_, i) => (i % 2 ? node : otherNode).enter(at('alice'), 5)),
  );
  const waits = entered.filter((wait) => wait !== undefined);
  expect(waits).toHaveLength(39);
  expect(waits.filter(({ isFirst }) => isFirst)).toHaveLength(1);
});

test('what was closed opens when the delay is over', async () => {
  await node.enter(at('bob'), 1);
  expect(await node.enter(at('bob'), 1)).toMatchObject({ isFirst: true });
  expect(node.closedMs(at('bob'))).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 2100));
  expect(node.closedMs(at('bob'))).toBe(0);
  expect(await node.enter(at('bob'), 1)).toBeUndefined();
});

test('nodes count together, and know together', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? node : otherNode).add(at('c'))));
  expect(await node.countAll([at('nobody'), at('c')])).toEqual([0, 20]);
  await otherNode.takeBack(at('c'));
  expect(await node.countAll([at('c')])).toEqual([19]);
});

test('what was forgotten is open again where it was refused', async () => {
  for (let i = 0; i < free; i++) await node.add(at('dave'));
  await node.enter(at('dave'), 9);
  await node.enter(at('dave'), 9);
  expect(node.closedMs(at('dave'))).toBeGreaterThan(500_000);

  await node.forget(at('dave'));
  expect(node.closedMs(at('dave'))).toBe(0);
  expect(await node.countAll([at('dave')])).toEqual([0]);
  expect(await node.enter(at('dave'), 9)).toBeUndefined();
});

test('attempts that are older than a day are forgotten', async () => {
  await node.add(at('erin'));
  await database.db.rateLimit.updateMany({ data: { expire: new Date(Date.now() - 1000) } });
  expect(await node.countAll([at('erin')])).toEqual([0]);
  expect(await node.add(at('erin'))).toBe(1);
});

test('no login and no address is stored in clear', async () => {
  await node.add({ name: 'signInByAccountAndAddress', key: ['alice', '192.0.2.1'] });
  const rows = JSON.stringify(await database.db.rateLimit.findMany());
  expect(rows).not.toMatch(/alice|192\.0\.2/);
});

test('switched off, nothing is delayed and nothing is stored', async () => {
  const before = await database.db.rateLimit.count();
  const off = createAttemptDelays({ db: database.db, config: { insecureNoRateLimits: true } });
  await off.add(at('frank'));
  for (let i = 0; i < 3; i++) expect(await off.enter(at('frank'), 9)).toBeUndefined();
  expect(await database.db.rateLimit.count()).toBe(before);
});

test('once in a period is once, also of many at the same moment, and what was rolled back is none', async () => {
  const period = { name: 'notice', seconds: 86_400 };
  const now = new Date();
  const first = (moment = now) =>
    transact(database.db, (tx) => isFirstInPeriod(tx, period, moment));
  const failed = transact(database.db, async (tx) => {
    await isFirstInPeriod(tx, period, now);
    throw new Error('no mail');
  });
  await expect(failed).rejects.toThrow('no mail');

  const answers = await Promise.all(Array.from({ length: 10 }, () => first()));
  expect(answers.filter(Boolean)).toHaveLength(1);
  expect(await first(new Date(now.getTime() + 86_399_000))).toBe(false);
  expect(await first(new Date(now.getTime() + 86_401_000))).toBe(true);
});
