import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  isForeignKeyViolation,
  isUnavailable,
  isUniqueViolation,
} from '../../src/storage/database-errors.ts';
import { type Db, transact } from '../../src/storage/database.ts';
import { bumpRevision, readRevisions } from '../../src/storage/revisions.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await emptyDatabase();
});

beforeEach(async () => {
  await database.db.revision.deleteMany();
});

afterAll(() => database.dispose());

const write = (db: Db, topic: string) => db.revision.create({ data: { topic, number: 1 } });
const topics = async () =>
  (await database.db.revision.findMany()).map(({ topic }) => topic).toSorted();

test('the rollback of one request takes back none of what another was told is done', async () => {
  const { db } = database;
  let bob: Promise<string> | undefined;

  const alice = transact(db, async (tx) => {
    await write(tx, 'alice');
    bob = write(db, 'bob').then(() => 'done');
    await sleep(30);
    throw new Error('Alice changed her mind');
  });

  await expect(alice).rejects.toThrow('changed her mind');
  expect(await bob).toBe('done');
  expect(await topics()).toEqual(['bob']);
});

test('nobody sees what is not committed', async () => {
  const { db } = database;
  await transact(db, async (tx) => {
    await write(tx, 'alice');
    expect(await topics()).toEqual([]);
    expect(await tx.revision.count()).toBe(1);
  });
  expect(await topics()).toEqual(['alice']);
});

test('of many that write the same, one wins and the others are told why', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, () => write(database.db, 'race')),
  );

  const losses = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(losses).toHaveLength(19);
  expect(losses.every(({ reason }) => isUniqueViolation(reason) && !isUnavailable(reason))).toBe(
    true,
  );
});

test('a statement that fails takes none of its neighbours with it', async () => {
  const wanted = Array.from({ length: 30 }, (_, i) => `topic ${i % 25}`);

  const outcomes = await Promise.allSettled(wanted.map((topic) => write(database.db, topic)));

  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(5);
  expect(await topics()).toHaveLength(25);
});

test('a reference to a row that does not exist is told apart', async () => {
  const orphan = database.db.clientSecret.create({ data: { clientId: 'nobody', secretHash: 'x' } });

  const refusal: unknown = await orphan.catch((error: unknown) => error);
  expect(isForeignKeyViolation(refusal)).toBe(true);
  expect(isUniqueViolation(refusal)).toBe(false);
});

test('a transaction in which a unique value was taken is undone as a whole', async () => {
  await write(database.db, 'taken');

  const work = transact(database.db, async (tx) => {
    await write(tx, 'with it');
    await write(tx, 'taken');
  });

  expect(isUniqueViolation(await work.catch((error: unknown) => error))).toBe(true);
  expect(await topics()).toEqual(['taken']);
});

test('single-use is settled by one conditional statement', async () => {
  await write(database.db, 'code');
  const consume = () =>
    database.db.revision.updateMany({ where: { topic: 'code', number: 1 }, data: { number: 2 } });

  const outcomes = await Promise.all(Array.from({ length: 50 }, consume));

  expect(outcomes.filter(({ count }) => count === 1)).toHaveLength(1);
});

test('transactions that run into each other are repeated until all are done', async () => {
  await write(database.db, 'left');
  await write(database.db, 'right');
  const bump = async (tx: Db, topic: string) => {
    await tx.revision.update({ where: { topic }, data: { number: { increment: 1 } } });
    await sleep(5);
  };

  // Taken in opposite order, the rows are a deadlock on PostgreSQL.
  const works = Array.from({ length: 4 }, (_, i) =>
    transact(database.db, async (tx) => {
      for (const topic of i % 2 ? ['left', 'right'] : ['right', 'left']) await bump(tx, topic);
    }),
  );
  await Promise.all(works);

  const rows = await database.db.revision.findMany();
  expect(rows.map(({ number }) => number)).toEqual([5, 5]);
});

test('a revision starts at 0 and grows by one with every change', async () => {
  expect(await readRevisions(database.db)).toEqual({ clients: 0, apis: 0, keys: 0 });

  await Promise.all(
    [1, 2, 3].map(() => transact(database.db, (tx) => bumpRevision(tx, 'clients'))),
  );
  await bumpRevision(database.db, 'keys');

  expect(await readRevisions(database.db)).toEqual({ clients: 3, apis: 0, keys: 1 });
});
