import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { transact } from '../../src/storage/database.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await emptyDatabase();
});

afterAll(() => database.dispose());

test('a rollback takes back its own writes and no others', async () => {
  const { db } = database;
  const rolledBack = transact(db, async (tx) => {
    await tx.revision.create({ data: { topic: 'taken back', number: 1 } });
    void db.revision.create({ data: { topic: 'kept', number: 1 } }).then();
    await new Promise((resolve) => setTimeout(resolve, 30));
    throw new Error('changed my mind');
  });

  await expect(rolledBack).rejects.toThrow('changed my mind');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const rows = await db.revision.findMany();
  expect(rows.map(({ topic }) => topic)).toEqual(['kept']);
});
