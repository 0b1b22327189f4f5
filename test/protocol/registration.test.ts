// Dynamic client registration (RFC 7591) and its management (RFC 7592).
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRegistrationToken } from '../../src/protocol/clients/registration-tokens.ts';
import { CALLBACK, relyingParty, signInAndFetchTokens } from '../support/relying-party.ts';
import { bearer } from '../support/http.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let closed: TestServer;

beforeAll(async () => {
  server = await startServer({ DYNAMIC_REGISTRATION: 'on' });
  closed = await startServer();
  await createPerson(server, ALICE);
});

afterAll(async () => {
  await server.close();
  await closed.close();
});

async function send(
  url: string,
  method: string,
  body?: object,
  headers: Record<string, string> = {},
) {
  const response = await fetch(url, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text ? JSON.parse(text) : {} };
}

async function initialToken() {
  const expiresAt = new Date(Date.now() + 60_000);
  const { token } = await createRegistrationToken(
    server.services,
    { expiresAt },
    { type: 'system' },
  );
  return bearer(token);
}

const register = async (body: object, headers?: Record<string, string>) =>
  send(`${server.issuer}/register`, 'POST', body, headers ?? (await initialToken()));

test('it is off by default', async () => {
  const { status } = await send(`${closed.issuer}/register`, 'POST', { redirect_uris: [CALLBACK] });
  expect(status).toBe(404);
});

test('without an initial access token nothing is registered', async () => {
  const before = await server.services.db.client.count();
  expect((await register({ redirect_uris: [CALLBACK] }, {})).status).toBe(401);
  expect((await register({ redirect_uris: [CALLBACK] }, bearer('wrong'))).status).toBe(401);
  expect(await server.services.db.client.count()).toBe(before);
});

test('a registered client signs people in', async () => {
  const { status, json } = await register({
    redirect_uris: [CALLBACK],
    client_name: 'Registered',
    grant_types: ['authorization_code', 'refresh_token'],
  });
  expect(status).toBe(201);
  await server.services.freshness.refresh();

  const party = await relyingParty(server.issuer, json.client_id, json.client_secret);
  const { tokens } = await signInAndFetchTokens(party, ALICE);
  expect(tokens.id_token).toEqual(expect.any(String));
});

test('reading, changing and deleting the registration, the secret never shown again', async () => {
  const { json } = await register({ redirect_uris: [CALLBACK], client_name: 'Before' });
  await server.services.freshness.refresh();
  const uri = json.registration_client_uri;

  const read = await send(uri, 'GET', undefined, bearer(json.registration_access_token));
  expect(read.json).toMatchObject({ client_id: json.client_id, client_name: 'Before' });
  expect(read.json.client_secret).toBeUndefined();

  const { registration_access_token, registration_client_uri, client_id_issued_at, ...metadata } =
    read.json;
  const put = await send(
    uri,
    'PUT',
    { ...metadata, client_name: 'After' },
    bearer(registration_access_token),
  );
  expect(put.json).toMatchObject({ client_name: 'After' });
  expect(put.json.registration_access_token).not.toBe(registration_access_token);

  const deleted = await send(uri, 'DELETE', undefined, bearer(put.json.registration_access_token));
  expect(deleted.status).toBe(204);
  expect(await server.services.db.client.findUnique({ where: { id: json.client_id } })).toBeNull();
  expect({ registration_client_uri, client_id_issued_at }).toEqual({
    registration_client_uri: uri,
    client_id_issued_at: expect.any(Number),
  });
});

test('a change may repeat the secret, which stays the only one, and no other in its place', async () => {
  const { json } = await register({ redirect_uris: [CALLBACK] });
  await server.services.freshness.refresh();
  const change = (client_secret: string, token: string) => {
    const { client_id, redirect_uris } = json;
    const body = { client_id, redirect_uris, client_name: 'Changed', client_secret };
    return send(json.registration_client_uri, 'PUT', body, bearer(token));
  };

  for (const wrong of ['kept-as-hashes', '', 'another']) {
    expect(await change(wrong, json.registration_access_token)).toMatchObject({
      status: 400,
      json: { error: 'invalid_request' },
    });
  }
  const changed = await change(json.client_secret, json.registration_access_token);
  expect(changed).toMatchObject({ status: 200, json: { client_name: 'Changed' } });
  const secrets = await server.services.db.clientSecret.count({
    where: { clientId: json.client_id },
  });
  expect(secrets).toBe(1);
});

test.each([
  [
    'client credentials',
    { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
  ],
  ['a javascript redirect', { redirect_uris: ['javascript:alert(1)'] }],
  ['a redirect by http', { redirect_uris: ['http://app.example.com/'] }],
  ['a wildcard redirect', { redirect_uris: ['https://*.example.com/'] }],
  ['permissions of APIs', { redirect_uris: [CALLBACK], scope: 'openid orders:read' }],
  ['a shared-key algorithm', { redirect_uris: [CALLBACK], id_token_signed_response_alg: 'HS256' }],
  ['an unsigned ID token', { redirect_uris: [CALLBACK], id_token_signed_response_alg: 'none' }],
  [
    'the implicit flow',
    { redirect_uris: [CALLBACK], response_types: ['id_token'], grant_types: ['implicit'] },
  ],
  ['a page that is a script', { redirect_uris: [CALLBACK], logo_uri: 'javascript:alert(1)' }],
  [
    'a logo that no page may load',
    { redirect_uris: [CALLBACK], logo_uri: 'http://localhost/l.png' },
  ],
])('%s cannot be registered', async (_, body) => {
  const before = await server.services.db.client.count();
  const { status } = await register(body);
  expect(status).toBe(400);
  expect(await server.services.db.client.count()).toBe(before);
});

test('members that this server does not know change nothing', async () => {
  const { json } = await register({
    redirect_uris: [CALLBACK],
    first_party: true,
    firstParty: true,
    requirePkce: false,
    owner_id: 'x',
  });
  const row = await server.services.db.client.findUniqueOrThrow({ where: { id: json.client_id } });
  expect(row).toMatchObject({ firstParty: false, requirePkce: true, dynamicallyRegistered: true });
});
