import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { handOver, resolveOwner } from '../../src/authorization/ownership/ownership.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';

const SYSTEM = { type: 'system' } as const;

let database: TestDatabase;

beforeAll(async () => {
  database = await emptyDatabase();
});

beforeEach(async () => {
  await database.db.user.deleteMany();
  await database.db.installation.deleteMany();
});

afterAll(() => database.dispose());

interface Person {
  administrator?: boolean;
  disabledAt?: Date;
  createdAt?: Date;
}

const JANUARY = new Date('2026-01-01T00:00:00Z');
const FEBRUARY = new Date('2026-02-01T00:00:00Z');

async function person(login: string, more: Person = {}): Promise<string> {
  return (await database.db.user.create({ data: { login, ...more } })).id;
}

async function installation(setupAt: Date | null) {
  await database.db.installation.create({ data: { id: 1, sealCheck: '', setupAt } });
}

test('who is named owns it, if they are there and active', async () => {
  await installation(JANUARY);
  const alice = await person('alice');
  const gone = await person('gone', { disabledAt: JANUARY });
  expect(await resolveOwner(database.db, { ownerId: alice, actor: SYSTEM })).toBe(alice);
  for (const ownerId of [gone, 'nobody', '']) {
    await expect(resolveOwner(database.db, { ownerId, actor: SYSTEM })).rejects.toMatchObject({
      refusal: 'invalid',
      code: 'owner_unknown',
    });
  }
});

test('who acts owns it, if nobody is named', async () => {
  await installation(JANUARY);
  const alice = await person('alice');
  const bob = await person('bob');
  const actor = { type: 'user', id: bob } as const;
  expect(await resolveOwner(database.db, { actor })).toBe(bob);
  expect(await resolveOwner(database.db, { ownerId: alice, actor })).toBe(alice);
});

test('the installation owns it while setup is pending', async () => {
  expect(await resolveOwner(database.db, { actor: SYSTEM })).toBeNull();
  await installation(null);
  expect(await resolveOwner(database.db, { actor: SYSTEM })).toBeNull();
});

test('the oldest active administrator owns it after setup', async () => {
  await installation(JANUARY);
  await person('alice', { createdAt: JANUARY });
  await person('carol', { administrator: true, createdAt: JANUARY, disabledAt: FEBRUARY });
  await person('dave', { administrator: true, createdAt: new Date('2026-03-01T00:00:00Z') });
  const bob = await person('bob', { administrator: true, createdAt: FEBRUARY });
  expect(await resolveOwner(database.db, { actor: SYSTEM })).toBe(bob);
});

test('without an administrator an owner must be named', async () => {
  await installation(JANUARY);
  await person('alice');
  await expect(resolveOwner(database.db, { actor: SYSTEM })).rejects.toMatchObject({
    code: 'owner_required',
  });
});

test('nothing is handed over to who is not active; of two who hand the same over, one does', async () => {
  const { db } = database;
  const [from, to] = [await person('emil'), await person('frida')];
  const gone = await person('gone', { disabledAt: JANUARY });
  const { id } = await db.api.create({
    data: { identifier: 'urn:example:emils', name: 'Emils', accessTokenSeconds: 60, ownerId: from },
  });
  const deps = { db, clock: { now: () => FEBRUARY } };
  await expect(handOver(deps, { from, to: gone, actor: SYSTEM })).rejects.toMatchObject({
    code: 'owner_unknown',
  });
  expect((await db.api.findUniqueOrThrow({ where: { id } })).ownerId).toBe(from);

  const twice = [1, 2].map(() => handOver(deps, { from, to, actor: SYSTEM }));
  const apis = (await Promise.all(twice)).map((given) => given.apis);

  expect(apis.toSorted((a, b) => a - b)).toEqual([0, 1]);
  expect(await db.auditEvent.count({ where: { type: 'api.updated', targetId: id } })).toBe(1);
  await db.api.delete({ where: { id } });
});
