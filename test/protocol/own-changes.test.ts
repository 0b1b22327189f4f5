// Attack 20: what this node changes, or ends, holds for its very next request, caches or not.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { disableUser, enableUser } from '../../src/identity/users/users.ts';
import { disableClient } from '../../src/protocol/clients/clients.ts';
import { createRegistrationToken } from '../../src/protocol/clients/registration-tokens.ts';
import { listConsents, revokeConsent } from '../../src/protocol/grants/consents.ts';
import { createAgent } from '../support/agent.ts';
import { createOrdersApi, createTestClient, ORDERS, READS_ORDERS } from '../support/clients.ts';
import { basic, bearer, postForm } from '../support/http.ts';
import {
  authorizationRequest,
  CALLBACK,
  relyingParty,
  signInAndFetchTokens,
} from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const SYSTEM = { type: 'system' } as const;
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ DYNAMIC_REGISTRATION: 'on' });
  await createOrdersApi(server);
});

afterAll(() => server.close());

async function send(url: string, method: string, token: string, body?: object) {
  const answer = await fetch(url, {
    method,
    headers: { ...bearer(token), ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, json: text ? JSON.parse(text) : {} };
}

async function registered() {
  const expiresAt = new Date(Date.now() + 60_000);
  const { token } = await createRegistrationToken(server.services, { expiresAt }, SYSTEM);
  const { json } = await send(`${server.issuer}/register`, 'POST', token, {
    redirect_uris: [CALLBACK],
  });
  return json;
}

const withoutServerFields = (metadata: Record<string, unknown>) => {
  const own = ['registration_access_token', 'registration_client_uri', 'client_id_issued_at'];
  const fields = Object.entries(metadata).filter(
    ([name]) => !own.includes(name) && name !== 'client_secret_expires_at',
  );
  return Object.fromEntries(fields);
};

test('attack 20: a client sees its own change at once, and a removed redirect URI is refused', async () => {
  const first = await registered();
  expect(first['scope']).toBe('openid profile email offline_access');
  const changed = await send(
    first['registration_client_uri'],
    'PUT',
    first['registration_access_token'],
    { ...withoutServerFields(first), redirect_uris: ['https://other.example.com/cb'] },
  );
  expect(changed.status).toBe(200);

  const party = await relyingParty(server.issuer, first['client_id'], first['client_secret']);
  const { url } = await authorizationRequest(party);
  const page = await createAgent(server.issuer).open(url.href);
  expect([page.status, page.headers.get('location')]).toEqual([400, null]);
  const read = await send(
    first['registration_client_uri'],
    'GET',
    changed.json['registration_access_token'],
  );
  expect(read.json['redirect_uris']).toEqual(['https://other.example.com/cb']);
});

test('attack 20: a client that gave up its secret does not get the old one back', async () => {
  const first = await registered();
  let access = first['registration_access_token'];
  for (const method of ['none', 'client_secret_basic']) {
    const { client_secret: _, ...metadata } = withoutServerFields(first);
    const answer = await send(first['registration_client_uri'], 'PUT', access, {
      ...metadata,
      token_endpoint_auth_method: method,
    });
    expect(answer.status).toBe(200);
    access = answer.json['registration_access_token'];
    first['new_secret'] = answer.json['client_secret'];
  }

  const revoke = async (secret: string) =>
    (
      await postForm(
        `${server.issuer}/revoke`,
        { token: 'x' },
        basic(String(first['client_id']), secret),
      )
    ).status;
  expect(first['new_secret']).toEqual(expect.any(String));
  expect(await revoke(first['client_secret'])).toBe(401);
  expect(await revoke(first['new_secret'])).toBe(200);
});

test('attack 20: an opaque token issued while its client was being disabled is worth nothing', async () => {
  const other = await startServer();
  try {
    await createOrdersApi(other, 'opaque');
    const { id, secret } = await createTestClient(other, 'service', READS_ORDERS);
    const api = await createTestClient(other, 'service', { actsAsApi: ORDERS });
    const { json } = await postForm(
      `${other.issuer}/token`,
      { grant_type: 'client_credentials' },
      basic(id, secret),
    );
    const introspected = async () =>
      (
        await postForm(
          `${other.issuer}/introspect`,
          { token: json['access_token'] ?? '' },
          basic(api.id, api.secret),
        )
      ).json['active'];
    expect(await introspected()).toBe(true);

    const state = await other.services.db.protocolState.findFirst({ where: { clientId: id } });
    await disableClient(other.services, id, SYSTEM);
    // As a request on another node would, that began before and stores after.
    if (state)
      await other.services.db.protocolState.create({
        data: { ...state, payload: Object(state.payload) },
      });
    expect(await introspected()).toBe(false);
  } finally {
    await other.close();
  }
});

test('attack 20: a JWT that ended stays ended, whatever is granted afterwards', async () => {
  const person = await createPerson(server, ALICE);
  const { id, secret } = await createTestClient(server, 'web', READS_ORDERS);
  const party = await relyingParty(server.issuer, id, secret);
  const grant = async (scope: string) =>
    (await signInAndFetchTokens(party, ALICE, { parameters: { scope } })).tokens.access_token;
  const isActive = async (token: string) =>
    (await postForm(`${server.issuer}/introspect`, { token }, basic(id, secret))).json['active'];

  const first = await grant('openid orders:read');
  expect(await isActive(first)).toBe(true);
  const [consent] = await listConsents(server.services, { clientId: id });
  await revokeConsent(server.services, { consentId: consent?.id ?? '' }, SYSTEM);
  await grant('openid');
  expect(await isActive(first)).toBe(false);

  const second = await grant('openid orders:read');
  await disableUser(server.services, person.id, SYSTEM);
  await enableUser(server.services, person.id, SYSTEM);
  await grant('openid orders:read');
  expect(await isActive(second)).toBe(false);
});
