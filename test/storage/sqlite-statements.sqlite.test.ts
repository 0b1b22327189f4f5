// Statements are prepared once for each connection: what may change between two executions must not be kept with them.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import Sqlite from 'better-sqlite3';
import { sqliteFile } from '../../src/storage/data-directory.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await emptyDatabase();
});

afterAll(() => database.dispose());

const create = (topic: string) => database.db.revision.create({ data: { topic, number: 1 } });
const everything = () => database.db.$queryRaw`SELECT * FROM revisions ORDER BY topic`;

test('each execution has its own values', async () => {
  await Promise.all(['clients', 'apis', 'keys'].map(create));
  const find = (topic: string) => database.db.revision.findFirst({ where: { topic } });
  expect(await Promise.all([find('keys'), find('apis'), find('none')])).toEqual([
    { topic: 'keys', number: 1 },
    { topic: 'apis', number: 1 },
    null,
  ]);
});

test('after a refusal the same statement works', async () => {
  await expect(create('clients')).rejects.toThrow('Unique constraint');
  await create('users');
  await expect(create('users')).rejects.toThrow('Unique constraint');
});

test('when another process changes the schema, the answer is of the new one', async () => {
  expect(await everything()).toContainEqual({ topic: 'keys', number: 1 });
  const other = new Sqlite(sqliteFile(database.config));
  other.exec("ALTER TABLE revisions ADD COLUMN note TEXT DEFAULT 'new'");
  other.close();
  expect(await everything()).toContainEqual({ topic: 'keys', number: 1, note: 'new' });
});
