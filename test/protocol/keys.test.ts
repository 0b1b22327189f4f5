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
import { rotateClientSecret } from '../../src/protocol/clients/client-secrets.ts';
import { openServices, type Services } from '../../src/services.ts';
import { createOrdersApi, createTestClient, ORDERS, READS_ORDERS } from '../support/clients.ts';
import { basic, bearer, get, postForm } from '../support/http.ts';
import {
  authorizationRequest,
  callbackOf,
  relyingParty,
  signInAndFetchTokens,
} from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { signedIn, tokenRequest } from '../support/victims.ts';

const SYSTEM = { type: 'system' } as const;
let server: TestServer;
let otherNode: Services;
let auth: Record<string, string>;

beforeAll(async () => {
  server = await startServer();
  otherNode = await openServices(server.services.config, { log: server.services.log });
  await createPerson(server, ALICE);
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

test('attack 44: a rotation on another node is picked up; the next key was published before it signed', async () => {
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

test('attack 44: no request fails while keys rotate again and again', async () => {
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
  for (const jwt of tokens) await verifies(jwt);
  const kids = new Set(tokens.map((jwt) => decodeProtectedHeader(jwt).kid));
  expect(kids.size).toBeGreaterThan(1);
});

test('attack 44: nodes that find the same key due rotate it once', async () => {
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

test('attack 44: a key retired long enough is gone, and what it signed is refused', async () => {
  const { id, secret } = await createTestClient(server, 'web', {
    ...READS_ORDERS,
    idTokenSignedResponseAlg: 'EdDSA',
    firstParty: true,
  });
  const party = await relyingParty(server.issuer, id, secret, {
    id_token_signed_response_alg: 'EdDSA',
  });
  const { agent, tokens } = await signInAndFetchTokens(party, ALICE, {
    parameters: { scope: 'openid orders:read' },
  });
  const signed = [tokens.id_token ?? '', tokens.access_token];
  const api = await createTestClient(server, 'service', { actsAsApi: ORDERS });
  const isActive = async () => {
    const form = { token: tokens.access_token };
    return (await postForm(`${server.issuer}/introspect`, form, basic(api.id, api.secret))).json[
      'active'
    ];
  };
  const hinted = async () => {
    const hint = { prompt: 'none', id_token_hint: tokens.id_token ?? '' };
    const page = await agent.open((await authorizationRequest(party, hint)).url.href);
    return callbackOf(page).searchParams;
  };
  const keep = (later: number) =>
    keepSigningKeys(
      { ...otherNode, clock: { now: () => new Date(Date.now() + later * 1000) } },
      { rotationDays: 3650 },
    );

  for (const alg of ['EdDSA', 'ES256'] as const)
    await rotateSigningKeys(otherNode, { alg }, SYSTEM);
  await keep(RETIRED_KEY_SECONDS - 60);
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const jwt of signed) await verifies(jwt);
  expect([await isActive(), (await hinted()).get('code')]).toEqual([true, expect.any(String)]);

  await keep(91 * 86_400 + RETIRED_KEY_SECONDS + 60); // the other tests have retired keys in the future
  await new Promise((resolve) => setTimeout(resolve, 300));

  expect([await states('EdDSA'), await states('ES256')]).toEqual([
    ['current', 'next'],
    ['current', 'next'],
  ]);
  for (const jwt of signed) {
    await expect(verifies(jwt)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  }
  expect(await isActive()).toBe(false);
  expect([(await hinted()).get('error'), (await hinted()).get('code')]).toEqual([
    'invalid_request',
    null,
  ]);
  expect((await published()).keys.every((key) => !('d' in key))).toBe(true);
});

test('attack 44: the rotation of a secret keeps sessions and refresh tokens, and ends the old secret', async () => {
  const before = await signedIn(server, { type: 'web', client: { firstParty: true } });
  const { id, agent, party, accessToken } = before;
  const rotate = (keepOldSeconds: number) =>
    rotateClientSecret(otherNode, { clientId: id, keepOldSeconds }, SYSTEM);
  let { refreshToken } = before;
  const refresh = async (secret: string) => {
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
    const { status, json } = await tokenRequest(server, form, basic(id, secret));
    refreshToken = json['refresh_token'] ?? refreshToken;
    return status;
  };

  const second = await rotate(60);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect([await refresh(before.secret), await refresh(second.secret)]).toEqual([200, 200]);

  const third = await rotate(0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect([
    await refresh(before.secret),
    await refresh(second.secret),
    await refresh(third.secret),
  ]).toEqual([401, 401, 200]);
  expect((await get(`${server.issuer}/userinfo`, bearer(accessToken))).status).toBe(200);
  const page = await agent.open((await authorizationRequest(party, { prompt: 'none' })).url.href);
  expect(callbackOf(page).searchParams.get('code')).toEqual(expect.any(String));
});

test('attack 44: a stolen key ends at once when it has been retired, and not before', async () => {
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

test('attack 44: private halves are sealed at rest', async () => {
  const rows = await server.services.db.signingKey.findMany();
  for (const row of rows) {
    expect(JSON.stringify(row.publicJwk)).not.toContain('"d"');
    expect(row.sealedPrivateJwk).not.toContain('"kty"');
  }
});
