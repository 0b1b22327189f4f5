// What an answer of the token endpoint changes is written past the query engine, as one, on both engines.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type NewState,
  type Issuance,
  writeIssuance,
} from '../../src/protocol/state/protocol-state-store.ts';
import type { Database } from '../../src/storage/database.ts';
import { isForeignKeyViolation } from '../../src/storage/database-errors.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';

const AT = new Date('2026-01-02T03:04:05.678Z');

let database: TestDatabase;
let viaEngine: Database;
let count = 0;

beforeAll(async () => {
  database = await emptyDatabase();
  // A client that `connectDatabase` did not make itself has no direct access.
  viaEngine = database.db.$extends({}) as unknown as Database;
});

afterAll(() => database.dispose());

function token(more: Partial<NewState> = {}): NewState {
  return {
    id: `token-${count++}`,
    model: 'RefreshToken',
    grantId: null,
    clientId: null,
    userId: null,
    sessionUid: 'session',
    audience: 'urn:a',
    payload: { scope: 'openid', quote: `"'\\ü`, list: [1, null] },
    expiresAt: AT,
    ...more,
  };
}

const rows = (...ids: string[]) =>
  database.db.protocolState.findMany({ where: { id: { in: ids } }, orderBy: { id: 'asc' } });

async function spendable(): Promise<string> {
  const { id } = token();
  await database.db.protocolState.create({ data: { id, model: 'RefreshToken', payload: {} } });
  return id;
}

const ways = [
  ['the driver', (issuance: Issuance) => writeIssuance(database.db, issuance)],
  ['the engine', (issuance: Issuance) => writeIssuance(viaEngine, issuance)],
] as const;

test.each(ways)('by %s: the old token is used up and the new ones are there', async (_, write) => {
  const id = await spendable();
  const states = [token(), token({ model: 'AccessToken', expiresAt: null, audience: null })];

  expect(await write({ spend: { id, at: AT }, states })).toBe(true);

  expect(await rows(id)).toMatchObject([{ consumedAt: AT }]);
  const stored = states.map((state) => ({ ...state, userCodeHash: null, consumedAt: null }));
  expect(await rows(...states.map((state) => state.id))).toEqual(stored);
});

test.each(ways)('by %s: what was used up before adds nothing', async (_, write) => {
  const id = await spendable();
  await write({ spend: { id, at: AT }, states: [] });
  const late = token();

  expect(await write({ spend: { id, at: new Date() }, states: [late] })).toBe(false);
  expect(await rows(id, late.id)).toMatchObject([{ id, consumedAt: AT }]);
});

test.each(ways)('by %s: where a token cannot be stored, nothing is used up', async (_, write) => {
  const id = await spendable();
  const states = [token(), token({ grantId: 'no such grant' })];

  const error = await write({ spend: { id, at: AT }, states }).catch((reason: unknown) => reason);
  expect(isForeignKeyViolation(error)).toBe(true);
  expect(await rows(id, ...states.map((state) => state.id))).toMatchObject([
    { id, consumedAt: null },
  ]);
});

test.each(ways)('by %s: a token that is there already stays as it is', async (_, write) => {
  const first = token();
  await write({ states: [first] });
  const other = token();

  expect(await write({ states: [{ ...first, payload: { other: true } }, other] })).toBe(true);
  expect(await rows(first.id, other.id)).toMatchObject([
    { payload: first.payload },
    { payload: other.payload },
  ]);
});

test('of 50 that spend one token at a time, one does, and its tokens alone are stored', async () => {
  const id = await spendable();
  const attempts = Array.from({ length: 50 }, () => token({ sessionUid: id }));
  const outcomes = await Promise.all(
    attempts.map((state) => writeIssuance(database.db, { spend: { id, at: AT }, states: [state] })),
  );

  expect(outcomes.filter(Boolean)).toHaveLength(1);
  const winner = attempts[outcomes.indexOf(true)];
  const stored = await database.db.protocolState.findMany({ where: { sessionUid: id } });
  expect(stored.map((row) => row.id)).toEqual([winner?.id]);
});

test('one that fails takes none of those with it that are written at the same time', async () => {
  const good = Array.from({ length: 5 }, () => token());
  const bad = token({ userId: 'nobody' });
  const outcomes = await Promise.allSettled(
    [...good, bad].map((state) => writeIssuance(database.db, { states: [state] })),
  );

  expect(outcomes.map(({ status }) => status)).toEqual([
    ...good.map(() => 'fulfilled'),
    'rejected',
  ]);
  expect(await rows(...good.map(({ id }) => id), bad.id)).toHaveLength(5);
});

test('a note that cannot be written undoes the rest', async () => {
  const id = await spendable();
  const state = token();
  const note = () => Promise.reject(new Error('no room'));

  await expect(
    writeIssuance(database.db, { spend: { id, at: AT }, states: [state], note }),
  ).rejects.toThrow('no room');
  expect(await rows(id, state.id)).toMatchObject([{ id, consumedAt: null }]);
});
