import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isUnavailable } from '../../src/storage/database-errors.ts';
import { connectDatabase, transact } from '../../src/storage/database.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await emptyDatabase();
});

afterEach(() => database.dispose());

const write = (topic: string, number = 1) =>
  database.db.revision.create({ data: { topic, number } });

test('every write is synced to the disk, and foreign keys hold', async () => {
  // A statement with `pragma_` tables reads, and so asks the connection that reads; inside a transaction, the other.
  const pragmas = 'SELECT synchronous, foreign_keys FROM pragma_synchronous, pragma_foreign_keys';
  const expected = [{ synchronous: 2n, foreign_keys: 1n }];

  const answers = await transact(database.db, async (tx) => [
    await tx.$queryRawUnsafe(pragmas),
    await database.db.$queryRawUnsafe(pragmas),
  ]);
  expect(JSON.stringify(answers, numbers)).toBe(JSON.stringify([expected, expected], numbers));
});

test('the files are readable for nobody else', async () => {
  await write('x');
  const { dataDir } = database.config;
  const modes = ['.', 'latchkey.db', 'latchkey.db-wal'].map(
    (name) => statSync(join(dataDir, name)).mode & 0o777,
  );

  expect(modes).toEqual([0o700, 0o600, 0o600]);
});

test('writes of one moment share a commit', async () => {
  const commits = () => walCommits(join(database.config.dataDir, 'latchkey.db-wal'));
  await write('first');
  const before = commits();

  await Promise.all(Array.from({ length: 40 }, (_, i) => write(`topic ${i}`)));

  expect(commits() - before).toBe(1);
});

test('a single write is not held back for others to join', async () => {
  await write('warm up');
  let turns = 0;
  let isDone = false;
  const countTurns = () => {
    turns++;
    if (!isDone) setImmediate(countTurns);
  };
  setImmediate(countTurns);

  await write('alone');
  isDone = true;

  expect(turns).toBeLessThan(10);
});

test('a full disk is unavailable, loses nothing that was written, and is over when there is room', async () => {
  const { db } = database;
  await write('before');
  const [size] = await db.$queryRawUnsafe<{ page_count: bigint }[]>(
    'SELECT * FROM pragma_page_count',
  );
  // PRAGMA goes to the connection that writes.
  await db.$executeRawUnsafe(`PRAGMA max_page_count = ${size?.page_count}`);
  const big = 'x'.repeat(200_000);

  const outcomes = await Promise.allSettled([
    write('small'),
    write(big),
    write('small too'),
    transact(db, async (tx) => {
      await tx.revision.create({ data: { topic: 'with the big one', number: 1 } });
      await tx.revision.create({ data: { topic: big, number: 1 } }).catch(() => undefined);
      await tx.revision.create({ data: { topic: 'after the big one', number: 1 } });
    }),
  ]);

  const reasons = outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason);
  expect(reasons.map(Boolean)).toEqual([false, true, false, true]);
  expect(isUnavailable(reasons[1])).toBe(true);
  await db.$executeRawUnsafe('PRAGMA max_page_count = 1000000');
  await write('room again');
  const rows = await db.revision.findMany();
  expect(rows.map(({ topic }) => topic)).toEqual(['before', 'small', 'small too', 'room again']);
});

test('a data directory that cannot be made is a sentence that says what to do', async () => {
  const config = {
    ...database.config,
    dataDir: join(database.config.dataDir, 'latchkey.db/below'),
  };

  await expect(connectDatabase(config)).rejects.toMatchObject({
    code: 'data_directory_unwritable',
    message: expect.stringMatching(/^The data directory .*below cannot be written .* set DATA_DIR/),
  });
});

test('a transaction that takes too long is undone, and the next has its turn', async () => {
  const slow = database.db.$transaction(
    async (tx) => {
      await tx.revision.create({ data: { topic: 'slow', number: 1 } });
      await sleep(300);
      await tx.revision.create({ data: { topic: 'too late', number: 1 } });
    },
    { timeout: 100 },
  );
  const next = write('next');

  expect(isUnavailable(await slow.catch((error: unknown) => error))).toBe(true);
  await next;
  const rows = await database.db.revision.findMany();
  expect(rows.map(({ topic }) => topic)).toEqual(['next']);
});

function numbers(_: string, value: unknown) {
  return typeof value === 'bigint' ? Number(value) : value;
}

/** Counts the frames that end a transaction (https://sqlite.org/fileformat2.html#the_write_ahead_log). */
function walCommits(path: string): number {
  const wal = readFileSync(path);
  const frameBytes = 24 + wal.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + frameBytes <= wal.length; at += frameBytes) {
    if (wal.readUInt32BE(at + 4) !== 0) commits++;
  }
  return commits;
}
