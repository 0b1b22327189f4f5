// What is read past the query engine is what the engine would have answered, on both engines.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readRow, readSessionsOf, readTokenRows } from '../../src/storage/point-reads.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await emptyDatabase();
  const { db } = database;
  const now = new Date('2026-01-02T03:04:05.678Z');
  const many = { a: [1, 'ü', null, { b: true }], quote: `"'\\` };
  await db.user.create({
    data: {
      id: 'full',
      login: 'alice',
      email: 'a@example.com',
      emailVerified: true,
      name: 'Alice ü',
      passwordHash: 'x',
      administrator: true,
      disabledAt: now,
    },
  });
  await db.user.create({ data: { id: 'bare', login: 'bob' } });
  await db.client.create({
    data: {
      id: 'c',
      name: 'c',
      type: 'web',
      tokenEndpointAuthMethod: 'none',
      grantTypes: [],
      redirectUris: [],
      postLogoutRedirectUris: [],
      scope: '',
      defaultScope: '',
    },
  });
  await db.grant.create({
    data: {
      id: 'full',
      userId: 'full',
      clientId: 'c',
      scopes: many,
      createdAt: now,
      expiresAt: now,
    },
  });
  await db.session.create({
    data: {
      id: 'full',
      uid: 'u',
      userId: 'full',
      loginAt: now,
      acr: 'acr',
      amr: ['pwd'],
      payload: many,
      version: 7,
      expiresAt: now,
    },
  });
  await db.session.create({ data: { id: 'bare', uid: 'u', payload: {}, expiresAt: now } });
  await db.protocolState.create({
    data: {
      id: 'full',
      model: 'M',
      grantId: 'full',
      clientId: 'c',
      userId: 'full',
      sessionUid: 'u',
      audience: 'urn:a',
      userCodeHash: 'h',
      payload: many,
      consumedAt: now,
      expiresAt: now,
    },
  });
  await db.protocolState.create({ data: { id: 'bare', model: 'M', payload: {} } });
});

afterAll(() => database.dispose());

test.each(['full', 'bare', 'none'])('the same row: %s', async (id) => {
  const { db } = database;
  const where = { where: { id } };
  expect(await readRow(db, 'user', id)).toEqual(await db.user.findUnique(where));
  expect(await readRow(db, 'grant', id)).toEqual(await db.grant.findUnique(where));
  expect(await readRow(db, 'session', id)).toEqual(await db.session.findUnique(where));
  expect(await readRow(db, 'protocolState', id)).toEqual(await db.protocolState.findUnique(where));
});

test.each(['u', 'none'])('the same sessions of a uid: %s', async (uid) => {
  const { db } = database;
  const read = await readSessionsOf(db, uid);
  expect(new Set(read)).toEqual(new Set(await db.session.findMany({ where: { uid } })));
});

test.each(['full', 'bare', 'none'])('a token with all that it hangs on: %s', async (id) => {
  const { db } = database;
  const token = await db.protocolState.findUnique({ where: { id } });
  const grant = await db.grant.findUnique({ where: { id: token?.grantId ?? '' } });
  const user = await db.user.findUnique({ where: { id: token?.userId ?? '' } });
  const sessions = await db.session.findMany({ where: { uid: token?.sessionUid ?? '' } });
  const inOneRead = token && { token, grant, user, sessions: new Set(sessions) };

  const rows = await readTokenRows(db, id);
  const found = rows && { ...rows, sessions: new Set(rows.sessions) };
  expect(found).toEqual(inOneRead);
});

test('inside a transaction its own writes are seen', async () => {
  await database.db.$transaction(async (tx) => {
    await tx.user.update({ where: { id: 'bare' }, data: { name: 'Bob' } });
    expect(await readRow(tx, 'user', 'bare')).toMatchObject({ name: 'Bob' });
  });
});
