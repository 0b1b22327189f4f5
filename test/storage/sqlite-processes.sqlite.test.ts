import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isUnavailable } from '../../src/storage/database-errors.ts';
import { connectDatabase } from '../../src/storage/database.ts';
import { emptyDatabase, ROOT, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await emptyDatabase();
});

afterEach(() => database.dispose());

const script = join(ROOT, 'test/storage/sqlite-writer-process.ts');

function startWriter(prefix: string, { rows = 100, holdMs = 0 } = {}) {
  const env = { ...process.env, DATA_DIR: database.config.dataDir };
  const child = spawn(process.execPath, [script, prefix, `${rows}`, `${holdMs}`], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  // The last line may be cut off by the end of the process.
  return { child, acknowledged: () => text.split('\n').slice(0, -1) };
}

async function ended(child: ChildProcess) {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode;
}

const storedTopics = async () => {
  const rows = await database.db.revision.findMany({ select: { topic: true } });
  return new Set(rows.map(({ topic }) => topic));
};

test('three processes write to one file at a time, and nothing is lost or refused', async () => {
  const writers = ['alice', 'bob', 'carol'].map((name) => startWriter(name, { rows: 200 }));

  expect(await Promise.all(writers.map(({ child }) => ended(child)))).toEqual([0, 0, 0]);

  expect((await storedTopics()).size).toBe(600);
});

test('what was acknowledged survives kill -9', async () => {
  for (let round = 0; round < 3; round++) {
    const { child, acknowledged } = startWriter(`round${round}`, { rows: 100_000 });
    while (acknowledged().length < 200) await sleep(5);
    child.kill('SIGKILL');
    await ended(child);

    const stored = await storedTopics();
    expect(acknowledged().filter((topic) => !stored.has(topic))).toEqual([]);
  }
});

test('a file that another process has locked is waited for, without stopping this process', async () => {
  const { child, acknowledged } = startWriter('other', { holdMs: 700 });
  while (acknowledged().length === 0) await sleep(5);
  let turns = 0;
  const beat = setInterval(() => turns++, 10);

  await database.db.revision.create({ data: { topic: 'mine', number: 1 } });

  clearInterval(beat);
  await ended(child);
  expect(turns).toBeGreaterThan(20);
  expect(await storedTopics()).toEqual(new Set(['other', 'mine']));
});

test('a file that stays locked is unavailable within seconds, and then free again', async () => {
  const { child, acknowledged } = startWriter('other', { holdMs: 9_000 });
  while (acknowledged().length === 0) await sleep(5);
  const since = Date.now();
  const write = (topic: string) => database.db.revision.create({ data: { topic, number: 1 } });
  const refusals = Array.from({ length: 5 }, (_, i) =>
    write(`mine ${i}`).catch((error: unknown) => error),
  );
  const transaction = database.db
    .$transaction((tx) => tx.revision.deleteMany())
    .catch((error: unknown) => error);

  for (const refusal of [...refusals, transaction]) expect(isUnavailable(await refusal)).toBe(true);
  expect(Date.now() - since).toBeLessThan(8_500);
  expect(await database.db.revision.count()).toBe(0);

  child.kill('SIGKILL');
  await ended(child);
  await write('afterwards');
  expect(await storedTopics()).toEqual(new Set(['afterwards']));
});

test('ten processes may open a file that does not exist yet', async () => {
  const { config } = database;
  const fresh = { ...config, dataDir: join(config.dataDir, 'fresh') };
  const clients = await Promise.all(Array.from({ length: 10 }, () => connectDatabase(fresh)));
  const modes = await Promise.all(
    clients.map((db) => db.$queryRawUnsafe('SELECT * FROM pragma_journal_mode')),
  );
  await Promise.all(clients.map((db) => db.$disconnect()));

  expect(modes).toEqual(Array.from({ length: 10 }, () => [{ journal_mode: 'wal' }]));
});
