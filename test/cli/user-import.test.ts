// The command as a process: how it reads files, what it prints, and how it ends. The rules: identity/user-import.test.ts.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { readLineBatches } from '../../src/cli/line-batches.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { type Latchkey, latchkeyWith } from './latchkey-command.ts';

let database: TestDatabase;
let latchkey: Latchkey;
let directory: string;
let file: string;

beforeAll(async () => {
  database = await emptyDatabase();
  const { dataDir, databaseUrl } = database.config;
  latchkey = latchkeyWith({ DATA_DIR: dataDir, ...(databaseUrl && { DATABASE_URL: databaseUrl }) });
  directory = await mkdtemp(join(tmpdir(), 'latchkey-import-'));
  file = join(directory, 'users.jsonl');
});

beforeEach(() => database.db.user.deleteMany());

afterAll(async () => {
  await rm(directory, { recursive: true });
  await database.dispose();
});

const people = (count: number) =>
  Array.from({ length: count }, (_, i) => `${JSON.stringify({ login: `person-${i}` })}\n`);

test('a file is imported, a second run finds everybody there, and no bar is drawn into a file', async () => {
  await writeFile(file, people(4500).join(''));
  const first = await latchkey(`user import ${file} --json`);
  expect(first).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(first.out)).toEqual({ imported: 4500, skipped: 0, faulty: 0, faults: [] });

  await writeFile(file, people(4501).join(''));
  const second = await latchkey(`user import ${file}`);
  expect(second).toEqual({ code: 0, out: '1 imported, 4500 there already, 0 faulty.\n', err: '' });
  expect(await database.db.user.count()).toBe(4501);
  const events = { where: { type: 'user.imported' } };
  expect(await database.db.auditEvent.count(events)).toBe(4501);
});

test('what is faulty is told by line, the rest is imported, and the command says that it is not all', async () => {
  await writeFile(file, '\ufeff{"login":"alice"}\r\n\r\n{"login":"a b"}\n{"login":"bob"}');
  const told = await latchkey(`user import ${file}`);
  expect(told).toMatchObject({ code: 1, err: '' });
  expect(told.out).toMatch(
    /^line 3: A username has no spaces.*\n2 imported, 0 there already, 1 faulty.\n$/,
  );

  const again = await latchkey(`user import ${file} --json`);
  expect(again.code).toBe(1);
  expect(JSON.parse(again.out)).toEqual({
    imported: 0,
    skipped: 2,
    faulty: 1,
    faults: [{ line: 3, message: expect.any(String) }],
  });
});

test('of a file that is wrong altogether, the first thousand faults are told', async () => {
  await writeFile(file, 'login,email\n'.repeat(1200));
  const { code, out } = await latchkey(`user import ${file} --json`);
  const { faulty, faults } = JSON.parse(out);
  expect({ code, faulty, told: faults.length }).toEqual({ code: 1, faulty: 1200, told: 1000 });
});

test('a file that is not there is wrong usage', async () => {
  for (const path of [join(directory, 'nowhere.jsonl'), directory]) {
    const { code, out, err } = await latchkey(`user import ${path}`);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(path);
  }
});

test('a line without an end takes no memory, and the count goes on behind it', async () => {
  await writeFile(file, `\ufeff{"login":"alice"}\n${'x'.repeat(3_000_000)}\n{"login":"bob"}\n`);
  const lines = [];
  for await (const batch of readLineBatches(file, 2)) lines.push(...batch.lines);
  expect(lines.map(({ number }) => number)).toEqual([1, 2, 3]);
  expect(lines[0]?.text).toBe('{"login":"alice"}');
  expect(lines[1]?.text.length).toBeLessThan(70_000);
  expect(lines[2]?.text).toBe('{"login":"bob"}');
});
