import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createApi } from '../../src/authorization/apis/apis.ts';
import {
  createUser,
  deleteUser,
  disableUser,
  enableUser,
  findUserBySignInName,
  getUser,
  getUserBySignInName,
  listUsers,
  setPassword,
  type User,
} from '../../src/identity/users/users.ts';
import type { MailRequest } from '../../src/operations/mail/mail-kinds.ts';
import { clockAt } from '../support/clock.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { passwordChecks, passwordHashing } from '../support/passwords.ts';

const SYSTEM = { type: 'system' } as const;
const PASSWORD = 'correct horse battery staple';
const clock = clockAt('2026-01-01T00:00:00Z');

let database: TestDatabase;
const mails: MailRequest[] = [];
const mail = {
  available: true,
  queue: async (_: unknown, request: MailRequest) => `${mails.push(request)}`,
};
const deps = () => ({ ...database, clock, passwordHashing, passwordChecks, mail });

beforeAll(async () => {
  database = await emptyDatabase();
});

beforeEach(async () => {
  const { db } = database;
  await db.api.deleteMany();
  await db.client.deleteMany();
  await db.user.deleteMany();
  await db.auditEvent.deleteMany();
});

afterAll(() => database.dispose());

test('a person is created with a password that is only kept hashed', async () => {
  const alice = await create('Alice', { email: 'Alice@Example.com', name: 'Alice Example' });

  expect(alice).toMatchObject({
    login: 'alice',
    email: 'alice@example.com',
    name: 'Alice Example',
    administrator: false,
    emailVerified: false,
    disabledAt: null,
    createdAt: clock.now(),
  });
  expect(alice).not.toHaveProperty('passwordHash');
  const row = await database.db.user.findUniqueOrThrow({ where: { id: alice.id } });
  expect(row.passwordHash).toMatch(/^\$argon2id\$/);
  expect(await events()).toEqual([
    expect.objectContaining({ type: 'user.created', targetId: alice.id, actorType: 'system' }),
  ]);
});

test('attack 38: nothing but what a new person may bring is taken', async () => {
  const request = { login: 'mallory', emailVerified: true, disabledAt: null, id: 'chosen' };
  const mallory = await createUser(deps(), request, SYSTEM);
  expect(mallory).toMatchObject({ emailVerified: false, administrator: false });
  expect(mallory.id).not.toBe('chosen');
});

test('a weak password is refused and nobody is created', async () => {
  const request = { login: 'alice', password: 'alice2026alice2026' };
  await expect(createUser(deps(), request, SYSTEM)).rejects.toMatchObject({
    refusal: 'invalid',
    code: 'password_personal',
  });
  expect(await database.db.user.count()).toBe(0);
});

test('of ten who take one login at once, one gets it and the others hear why', async () => {
  const spellings = ['bob', 'Bob', 'ＢＯＢ', ' bob '];
  const attempts = Array.from({ length: 10 }, (_, i) => create(spellings[i % 4] ?? '', {}));
  const outcomes = await Promise.allSettled(attempts);

  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes.filter(({ status }) => status === 'rejected')) {
    expect(outcome).toMatchObject({ reason: { refusal: 'conflict', code: 'login_taken' } });
  }
  expect(await database.db.user.count()).toBe(1);
  expect(await events()).toHaveLength(1);
});

test('an email address belongs to one person', async () => {
  await create('alice', { email: 'alice@example.com' });
  await expect(create('bob', { email: 'ALICE@example.com' })).rejects.toMatchObject({
    code: 'email_taken',
  });
});

test('mallory cannot take the address of alice as a login', async () => {
  const alice = await create('alice', { email: 'alice@example.com' });
  await expect(create('alice@example.com', { email: 'm@example.com' })).rejects.toMatchObject({
    code: 'login_not_own_email',
  });
  await expect(create('alice@example.com', {})).rejects.toMatchObject({ code: 'email_taken' });
  expect(await findUserBySignInName(database, 'alice@example.com')).toEqual(alice);
});

test('a person is found by login and by address, however they are typed', async () => {
  const alice = await create('alice', { email: 'alice@example.com' });
  for (const name of ['alice', ' ALICE ', 'alice@example.com', 'Alice@Example.COM']) {
    expect(await findUserBySignInName(database, name)).toEqual(alice);
  }
  for (const name of ['', 'ali', 'alice\0', "alice' or '1'='1", 'bob']) {
    expect(await findUserBySignInName(database, name)).toBeUndefined();
  }
  await expect(getUserBySignInName(database, 'bob')).rejects.toMatchObject({
    refusal: 'not-found',
  });
  await expect(getUser(database, 'no-such-id')).rejects.toMatchObject({ code: 'user_not_found' });
});

test('people are listed page by page, each once', async () => {
  for (const login of ['a', 'b', 'c', 'd', 'e']) await createUser(deps(), { login }, SYSTEM);

  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await listUsers(database, { limit: 2, after });
    seen.push(...page.users.map(({ login }) => login));
    after = page.next;
  } while (after);
  expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('disabling a person ends their sessions, grants and tokens, and nobody else’s', async () => {
  const alice = await create('alice', {});
  const bob = await create('bob', {});
  const aliceHas = await signedIn(alice);
  const bobHas = await signedIn(bob);

  await disableUser(deps(), alice.id, SYSTEM);
  await disableUser(deps(), alice.id, SYSTEM);

  expect(await getUser(database, alice.id)).toMatchObject({ disabledAt: clock.now() });
  expect(await accessOf(alice)).toEqual({ sessions: 0, grants: 0, states: 0 });
  expect(await accessOf(bob)).toEqual({ sessions: 2, grants: 2, states: 3 });
  expect(aliceHas.grants).toHaveLength(bobHas.grants.length);
  expect((await events('user.disabled')).map(({ targetId }) => targetId)).toEqual([alice.id]);

  await enableUser(deps(), alice.id, SYSTEM);
  expect(await getUser(database, alice.id)).toMatchObject({ disabledAt: null });
  expect(await accessOf(alice)).toEqual({ sessions: 0, grants: 0, states: 0 });
  expect(await events('user.enabled')).toHaveLength(1);
});

test('a person who is not there cannot be disabled, enabled or deleted', async () => {
  for (const act of [disableUser, enableUser, deleteUser]) {
    await expect(act(deps(), 'no-such-id', SYSTEM)).rejects.toMatchObject({
      code: 'user_not_found',
    });
  }
  expect(await events()).toEqual([]);
});

test('a deleted person takes everything along but the record', async () => {
  const alice = await create('alice', {});
  await signedIn(alice);
  await deleteUser(deps(), alice.id, SYSTEM);

  expect(await database.db.user.count()).toBe(0);
  expect(await accessOf(alice)).toEqual({ sessions: 0, grants: 0, states: 0 });
  expect(await events('user.deleted')).toEqual([expect.objectContaining({ targetId: alice.id })]);
});

test('who owns a client or an API is not deleted until somebody else does', async () => {
  const alice = await create('alice', {});
  await signedIn(alice);
  const permissions = [{ name: 'orders:read' }];
  const request = { identifier: 'urn:example:orders', permissions, ownerId: alice.id };
  await createApi(deps(), request, SYSTEM);
  await insertClient('shop', alice.id);

  await expect(deleteUser(deps(), alice.id, SYSTEM)).rejects.toMatchObject({
    refusal: 'conflict',
    code: 'user_owns',
    message: expect.stringMatching(/client shop \(shop\), API urn:example:orders/),
  });
  expect(await accessOf(alice)).toEqual({ sessions: 2, grants: 2, states: 3 });
  expect(await events('user.deleted')).toEqual([]);
});

test('a new password ends every session and token', async () => {
  const alice = await create('alice', {});
  await signedIn(alice);
  const before = await hashOf(alice);
  await setPassword(deps(), { userId: alice.id, password: 'another long enough one' }, SYSTEM);

  const after = await hashOf(alice);
  expect(after).not.toBe(before);
  expect(await passwordHashing.verify(after, 'another long enough one')).toBe(true);
  expect(await accessOf(alice)).toEqual({ sessions: 0, grants: 0, states: 0 });
  expect(await events('user.password_set')).toHaveLength(1);
});

test('whose password was set is told by mail, if there is mail and an address', async () => {
  const alice = await create('alice', { email: 'alice@example.com' });
  const nameless = await create('bob', {});
  mails.length = 0;
  const password = 'another long enough one';
  await setPassword(deps(), { userId: nameless.id, password }, SYSTEM);
  const silent = { ...deps(), mail: { ...mail, available: false } };
  await setPassword(silent, { userId: alice.id, password }, SYSTEM);
  await expect(
    setPassword(deps(), { userId: alice.id, password: 'short' }, SYSTEM),
  ).rejects.toMatchObject({ code: 'password_too_short' });
  expect(mails).toEqual([]);

  await setPassword(deps(), { userId: alice.id, password }, SYSTEM);
  expect(mails).toEqual([
    {
      kind: 'credential-changed',
      to: 'alice@example.com',
      userId: alice.id,
      data: {
        change: 'password-set',
        at: clock.now(),
        undo: { path: expect.stringMatching(/^\/undo\/[\w-]{43}$/), until: expect.any(Date) },
      },
    },
  ]);
});

test('a new password spares the session in which it is set', async () => {
  const alice = await create('alice', {});
  const { sessionUid, grants } = await signedIn(alice);
  const [kept = ''] = grants;
  const keep = { sessionUid, grantIds: [kept] };
  await setPassword(deps(), { userId: alice.id, password: 'another long one', keep }, SYSTEM);

  const where = { userId: alice.id };
  const { db } = database;
  expect((await db.session.findMany({ where })).map(({ uid }) => uid)).toEqual([sessionUid]);
  expect((await db.grant.findMany({ where })).map(({ id }) => id)).toEqual([kept]);
  expect((await db.protocolState.findMany({ where })).map(({ grantId }) => grantId)).toEqual([
    kept,
  ]);
});

test('a password that is refused leaves everything as it was', async () => {
  const alice = await create('alice', {});
  await signedIn(alice);
  const before = await hashOf(alice);
  const weak = setPassword(deps(), { userId: alice.id, password: 'passwordpassword' }, SYSTEM);
  await expect(weak).rejects.toMatchObject({ code: 'password_common' });

  expect(await hashOf(alice)).toBe(before);
  expect(await accessOf(alice)).toEqual({ sessions: 2, grants: 2, states: 3 });
});

function create(login: string, more: { email?: string; name?: string }): Promise<User> {
  return createUser(deps(), { login, password: PASSWORD, ...more }, SYSTEM);
}

async function hashOf({ id }: User) {
  return (await database.db.user.findUniqueOrThrow({ where: { id } })).passwordHash;
}

function events(type?: string) {
  return database.db.auditEvent.findMany({ where: type ? { type } : {} });
}

async function insertClient(id: string, ownerId: string | null = null) {
  const lists = { grantTypes: [], redirectUris: [], postLogoutRedirectUris: [] };
  const text = { type: 'web', tokenEndpointAuthMethod: 'none', scope: '', defaultScope: '' };
  const client = { id, name: id, ownerId, ...lists, ...text };
  await database.db.client.upsert({ where: { id }, create: client, update: {} });
}

/** Two sessions with a grant and a token each, and a request under way. */
async function signedIn({ id: userId }: User) {
  const { db } = database;
  await insertClient('app');
  const expiresAt = new Date('2026-02-01T00:00:00Z');
  const names = [`${userId}-1`, `${userId}-2`];
  for (const uid of names) {
    await db.session.create({ data: { id: uid, uid, userId, payload: {}, expiresAt } });
    const createdAt = clock.now();
    await db.grant.create({
      data: { id: uid, userId, clientId: 'app', scopes: {}, createdAt, expiresAt },
    });
    const token = { id: uid, model: 'AccessToken', grantId: uid, payload: {} };
    await db.protocolState.create({ data: { ...token, userId, expiresAt } });
  }
  const underWay = { id: userId, model: 'Interaction', userId, payload: {}, expiresAt };
  await db.protocolState.create({ data: underWay });
  return { sessionUid: names[0] ?? '', grants: names };
}

async function accessOf({ id: userId }: User) {
  const { db } = database;
  const where = { where: { userId } };
  return {
    sessions: await db.session.count(where),
    grants: await db.grant.count(where),
    states: await db.protocolState.count(where),
  };
}
