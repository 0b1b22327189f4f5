// The database goes away and comes back, in each of the ways it can.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { isUnavailable } from '../../src/storage/database-errors.ts';
import { connectDatabase, type Database, transact } from '../../src/storage/database.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { startTcpGate, type TcpGate } from './tcp-gate.ts';

let database: TestDatabase;
let gate: TcpGate;
let db: Database;

beforeEach(async () => {
  database = await emptyDatabase();
  const direct = new URL(database.config.databaseUrl ?? '');
  gate = await startTcpGate(Number(direct.port));
  const url = new URL(direct);
  url.port = `${gate.port}`;
  db = await connectDatabase({ ...database.config, databaseUrl: url.href, databasePool: 3 });
  await db.revision.create({ data: { topic: 'before', number: 1 } });
});

afterEach(async () => {
  await gate.open();
  await db.$disconnect();
  await gate.close();
  await database.dispose();
});

const requests = [
  ['a read', () => db.revision.findMany()],
  ['a raw read', () => db.$queryRawUnsafe('SELECT 1')],
  ['a write', () => db.revision.create({ data: { topic: 'x', number: 1 } })],
  ['a transaction', () => transact(db, (tx) => tx.revision.findMany())],
] as const;

async function expectUnavailable(withinMs: number) {
  const since = Date.now();
  const outcomes = await Promise.all(
    requests.map(async ([name, request]) => {
      const refusal: unknown = await request().then(
        () => 'answered',
        (error: unknown) => error,
      );
      return [name, isUnavailable(refusal) || refusal];
    }),
  );
  expect(Object.fromEntries(outcomes)).toEqual(
    Object.fromEntries(requests.map(([name]) => [name, true])),
  );
  expect(Date.now() - since).toBeLessThan(withinMs);
}

async function expectRecovery() {
  await db.revision.create({ data: { topic: 'after', number: 1 } });
  expect(await db.revision.count()).toBe(2);
}

test('a server that refuses connections', async () => {
  await gate.close();
  await expectUnavailable(1_000);
  await expectUnavailable(1_000);

  await gate.open();
  await expectRecovery();
});

test('a server that says nothing any more', async () => {
  gate.silence();
  await expectUnavailable(9_000);

  await gate.open();
  await expectRecovery();
});

test('a server that ends its sessions, idle ones and one in a transaction', async () => {
  const interrupted = transact(db, async (tx) => {
    await tx.revision.count();
    await endSessions();
    await tx.revision.create({ data: { topic: 'x', number: 1 } });
  });

  expect(isUnavailable(await interrupted.catch((error: unknown) => error))).toBe(true);
  await expectRecovery();
});

test('a row that somebody else keeps locked', async () => {
  const other = new Client({ connectionString: database.config.databaseUrl });
  await other.connect();
  await other.query('BEGIN');
  await other.query(`UPDATE revisions SET number = 2`);

  const blocked = db.revision.updateMany({ data: { number: 3 } });

  expect(isUnavailable(await blocked.catch((error: unknown) => error))).toBe(true);
  await other.end();
  await expectRecovery();
});

test('more requests than connections wait, and are all answered', async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => transact(db, (tx) => tx.revision.count())),
  );
  expect(answers).toEqual(Array.from({ length: 40 }, () => 1));
});

async function endSessions() {
  const administrator = new Client({ connectionString: database.config.databaseUrl });
  await administrator.connect();
  await administrator.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'latchkey' AND datname = current_database()",
  );
  await administrator.end();
}
