// Attack 44: keys rotate under load, no token is refused meanwhile, and their private halves are sealed at rest.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import {
  dropRetiredKey,
  keepSigningKeys,
  listSigningKeys,
  RETIRED_KEY_SECONDS,
  rotateSigningKeys,
} from '../../src/protocol/keys/signing-keys.ts';
import { openServices, type Services } from '../../src/services.ts';
import { createOrdersApi, createTestClient, READS_ORDERS } from '../support/clients.ts';
import { basic, get, postForm } from '../support/http.ts';
import { startServer, type TestServer } from '../support/server.ts';

const SYSTEM = { type: 'system' } as const;
let server: TestServer;
let otherNode: Services;
let auth: Record<string, string>;

beforeAll(async () => {
  server = await startServer();
  otherNode = await openServices(server.services.config, { log: server.services.log });
  await createOrdersApi(server);
  const { id, secret } = await createTestClient(server, 'service', READS_ORDERS);
  auth = basic(id, secret);
});

afterAll(async () => {
  await otherNode.close();
  await server.close();
});

async function token(): Promise<string> {
  const { json, status } = await postForm(
    `${server.issuer}/token`,
    { grant_type: 'client_credentials' },
    auth,
  );
  expect(status).toBe(200);
  return json['access_token'] ?? '';
}

const published = async () => (await get(`${server.issuer}/jwks`)).json as unknown as JSONWebKeySet;
const verifies = async (jwt: string) =>
  jwtVerify(jwt, createLocalJWKSet(await published()), { issuer: server.issuer });
const states = async (alg: string) =>
  (await listSigningKeys(otherNode))
    .filter((key) => key.alg === alg)
    .map(({ state }) => state)
    .toSorted();

test('a rotation on another node is picked up; the next key was published before it signed', async () => {
  const before = await token();
  const known = (await published()).keys.map(({ kid }) => kid);

  await rotateSigningKeys(otherNode, { alg: 'ES256' }, SYSTEM);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const after = await token();

  const [oldKid, newKid] = [before, after].map((jwt) => decodeProtectedHeader(jwt).kid);
  expect(newKid).not.toBe(oldKid);
  expect(known).toContain(newKid);
  await verifies(before);
  await verifies(after);
  expect(await states('ES256')).toEqual(['current', 'next', 'retired']);
});

test('no request fails while keys rotate again and again', async () => {
  const rotating = { on: true };
  const load = (async () => {
    const tokens: string[] = [];
    while (rotating.on) tokens.push(await token());
    return tokens;
  })();
  for (let i = 0; i < 3; i++) {
    await rotateSigningKeys(otherNode, { alg: 'ES256' }, SYSTEM);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  rotating.on = false;

  const tokens = await load;
  expect(tokens.length).toBeGreaterThan(3);
  for (const jwt of [tokens[0], tokens.at(-1)]) await verifies(jwt ?? '');
});

test('nodes that find the same key due rotate it once', async () => {
  const count = async () =>
    (await listSigningKeys(otherNode)).filter(({ alg }) => alg === 'EdDSA').length;
  const before = await count();
  const later = { now: () => new Date(Date.now() + 91 * 86_400_000) };

  await Promise.all(
    [server.services, otherNode].map((node) =>
      keepSigningKeys({ ...node, clock: later }, { rotationDays: 90 }),
    ),
  );

  expect(await count()).toBe(before + 1);
  expect(await states('EdDSA')).toEqual(['current', 'next', 'retired']);
});

test('a key retired long enough is gone, and what it signed is refused', async () => {
  const muchLater = {
    now: () => new Date(Date.now() + 91 * 86_400_000 + (RETIRED_KEY_SECONDS + 60) * 1000),
  };
  await keepSigningKeys({ ...otherNode, clock: muchLater }, { rotationDays: 3650 });
  await new Promise((resolve) => setTimeout(resolve, 300));

  expect(await states('EdDSA')).toEqual(['current', 'next']);
  expect((await published()).keys.every((key) => !('d' in key))).toBe(true);
});

test('a stolen key ends at once when it has been retired, and not before', async () => {
  const signed = await token();
  const kid = String(decodeProtectedHeader(signed).kid);
  await expect(dropRetiredKey(otherNode, kid, SYSTEM)).rejects.toMatchObject({
    code: 'retired_key_not_found',
  });
  await verifies(signed);

  await rotateSigningKeys(otherNode, { alg: 'ES256' }, SYSTEM);
  await dropRetiredKey(otherNode, kid, SYSTEM);
  await new Promise((resolve) => setTimeout(resolve, 300));

  await expect(verifies(signed)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  await verifies(await token());
  const events = await server.services.db.auditEvent.findMany({ where: { type: 'key.dropped' } });
  expect(events.map(({ targetId }) => targetId)).toContain(kid);
});

test('private halves are sealed at rest', async () => {
  const rows = await server.services.db.signingKey.findMany();
  for (const row of rows) {
    expect(JSON.stringify(row.publicJwk)).not.toContain('"d"');
    expect(row.sealedPrivateJwk).not.toContain('"kty"');
  }
});
