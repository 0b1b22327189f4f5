import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  addPermissions,
  createApi,
  deleteApi,
  disableApi,
  getApi,
  listApis,
} from '../../src/authorization/apis/apis.ts';
import type { NewApi } from '../../src/authorization/apis/new-api.ts';
import type { Db } from '../../src/storage/database.ts';
import { clockAt } from '../support/clock.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';

const SYSTEM = { type: 'system' } as const;
const ORDERS = 'urn:example:orders';
const clock = clockAt('2026-01-01T00:00:00Z');
const orders: NewApi = { identifier: ORDERS, permissions: [{ name: 'orders:read' }] };

let database: TestDatabase;
let ended: string[];

const deps = () => ({
  ...database,
  clock,
  onApiEnded: async (tx: Db, identifier: string) => {
    await tx.protocolState.deleteMany({ where: { id: `token for ${identifier}` } });
    ended.push(identifier);
  },
});

beforeAll(async () => {
  database = await emptyDatabase();
});

beforeEach(async () => {
  const { db } = database;
  ended = [];
  await db.protocolState.deleteMany();
  await db.client.deleteMany();
  await db.api.deleteMany();
  await db.auditEvent.deleteMany();
  await db.revision.deleteMany();
});

afterAll(() => database.dispose());

test('an API has sensible defaults', async () => {
  const api = await createApi(deps(), orders, SYSTEM);

  expect(api).toMatchObject({
    identifier: ORDERS,
    name: ORDERS,
    tokenFormat: 'jwt',
    accessTokenSeconds: database.config.accessTokenSeconds,
    signingAlg: 'ES256',
    permissions: [{ name: 'orders:read', description: 'orders:read' }],
  });
  expect(await getApi(database, ORDERS)).toEqual(api);
  expect(await events()).toEqual([
    expect.objectContaining({ type: 'api.created', targetId: api.id, actorType: 'system' }),
  ]);
  expect(await revisions()).toEqual({ apis: 1, clients: 1 });
});

test('an API is as it was asked to be', async () => {
  const request: NewApi = {
    identifier: 'https://api.example.com',
    name: ' Orders ',
    permissions: [{ name: 'orders:read', description: ' See your orders ' }],
    tokenFormat: 'opaque',
    accessTokenSeconds: 60,
    signingAlg: 'EdDSA',
  };
  const { id: _, ...api } = await createApi(deps(), request, SYSTEM);
  expect(api).toMatchObject({
    ...request,
    name: 'Orders',
    permissions: [{ name: 'orders:read', description: 'See your orders' }],
  });
});

test('of ten who register one identifier at once, one does', async () => {
  const attempts = Array.from({ length: 10 }, () => createApi(deps(), orders, SYSTEM));
  const outcomes = await Promise.allSettled(attempts);

  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes.filter(({ status }) => status === 'rejected')) {
    expect(outcome).toMatchObject({ reason: { refusal: 'conflict', code: 'api_exists' } });
  }
  expect(await events()).toHaveLength(1);
});

test('what is refused leaves nothing behind', async () => {
  const reserved = { ...orders, permissions: [{ name: 'openid' }] };
  await expect(createApi(deps(), reserved, SYSTEM)).rejects.toMatchObject({
    code: 'permission_reserved',
  });
  await expect(createApi(deps(), { ...orders, ownerId: 'nobody' }, SYSTEM)).rejects.toMatchObject({
    code: 'owner_unknown',
  });
  expect(await listApis(database)).toEqual([]);
  expect(await events()).toEqual([]);
  expect(await revisions()).toEqual({});
});

test('permissions are added, and none twice', async () => {
  await createApi(deps(), orders, SYSTEM);
  const more = [{ name: 'orders:write', description: 'Change your orders' }];
  const api = await addPermissions(deps(), { identifier: ORDERS, permissions: more }, SYSTEM);
  expect(api.permissions.map(({ name }) => name)).toEqual(['orders:read', 'orders:write']);

  const again = addPermissions(deps(), { identifier: ORDERS, permissions: more }, SYSTEM);
  await expect(again).rejects.toMatchObject({ refusal: 'conflict', code: 'permission_exists' });
  const elsewhere = { identifier: 'urn:example:nowhere', permissions: more };
  await expect(addPermissions(deps(), elsewhere, SYSTEM)).rejects.toMatchObject({
    code: 'api_not_found',
  });
  expect((await events()).map(({ type }) => type).toSorted()).toEqual([
    'api.created',
    'api.updated',
  ]);
});

test('disabling an API ends its tokens in the same act, once', async () => {
  await createApi(deps(), orders, SYSTEM);
  await insertToken();
  await disableApi(deps(), ORDERS, SYSTEM);
  await disableApi(deps(), ORDERS, SYSTEM);

  expect((await getApi(database, ORDERS)).disabledAt).toEqual(clock.now());
  expect(await database.db.protocolState.count()).toBe(0);
  expect(ended).toEqual([ORDERS]);
  expect(await revisions()).toEqual({ apis: 2, clients: 2 });
});

test('an end that fails on the way leaves everything as it was', async () => {
  await createApi(deps(), orders, SYSTEM);
  const failing = {
    ...deps(),
    onApiEnded: () => Promise.reject(new Error('the lights went out')),
  };
  await expect(disableApi(failing, ORDERS, SYSTEM)).rejects.toThrow('lights');
  await expect(deleteApi(failing, ORDERS, SYSTEM)).rejects.toThrow('lights');

  expect((await getApi(database, ORDERS)).disabledAt).toBeNull();
  expect(await events()).toHaveLength(1);
});

test('deleting an API takes its permissions from the clients that had them', async () => {
  const api = await createApi(deps(), orders, SYSTEM);
  const { db } = database;
  const lists = { grantTypes: [], redirectUris: [], postLogoutRedirectUris: [] };
  const text = { type: 'service', tokenEndpointAuthMethod: 'none', scope: '', defaultScope: '' };
  await db.client.create({
    data: { id: 'app', name: 'App', actsAsApiId: api.id, ...lists, ...text },
  });
  const [permission] = await db.permission.findMany();
  await db.clientPermission.create({
    data: { clientId: 'app', permissionId: permission?.id ?? '' },
  });
  await insertToken();

  await deleteApi(deps(), ORDERS, SYSTEM);

  expect(await listApis(database)).toEqual([]);
  expect(await db.permission.count()).toBe(0);
  expect(await db.clientPermission.count()).toBe(0);
  expect(await db.protocolState.count()).toBe(0);
  expect(await db.client.findMany()).toEqual([expect.objectContaining({ actsAsApiId: null })]);
  await expect(deleteApi(deps(), ORDERS, SYSTEM)).rejects.toMatchObject({ code: 'api_not_found' });
});

function events() {
  return database.db.auditEvent.findMany();
}

async function revisions(): Promise<Record<string, number>> {
  const rows = await database.db.revision.findMany();
  return Object.fromEntries(rows.map(({ topic, number }) => [topic, number]));
}

async function insertToken() {
  const id = `token for ${ORDERS}`;
  await database.db.protocolState.create({ data: { id, model: 'AccessToken', payload: {} } });
}
