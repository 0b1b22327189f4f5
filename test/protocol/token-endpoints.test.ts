// Introspection (RFC 7662), revocation (RFC 7009), userinfo.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listConsents, revokeConsent } from '../../src/protocol/grants/consents.ts';
import { createOrdersApi, createTestClient, ORDERS, READS_ORDERS } from '../support/clients.ts';
import { basic, bearer, get, postForm } from '../support/http.ts';
import { relyingParty, signInAndFetchTokens } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
  await createOrdersApi(server, 'opaque');
});

afterAll(() => server.close());

async function signIn(scope = 'openid') {
  const { id, secret } = await createTestClient(server, 'web', READS_ORDERS);
  const party = await relyingParty(server.issuer, id, secret);
  const { tokens } = await signInAndFetchTokens(party, ALICE, { parameters: { scope } });
  return { id, secret, accessToken: tokens.access_token, refreshToken: tokens.refresh_token ?? '' };
}

const introspect = (
  token: string,
  auth: Record<string, string>,
  token_type_hint = 'access_token',
) => postForm(`${server.issuer}/introspect`, { token, token_type_hint }, auth);

test('a client introspects its own tokens', async () => {
  const { id, secret, accessToken, refreshToken } = await signIn();
  expect((await introspect(accessToken, basic(id, secret))).json).toMatchObject({
    active: true,
    client_id: id,
    token_type: 'Bearer',
  });
  expect((await introspect(refreshToken, basic(id, secret), 'refresh_token')).json).toMatchObject({
    active: true,
  });
});

test('the API that a token is for introspects it, another client does not', async () => {
  const { accessToken } = await signIn('openid orders:read');
  const api = await createTestClient(server, 'service', { actsAsApi: ORDERS });
  const stranger = await createTestClient(server, 'service');

  expect((await introspect(accessToken, basic(api.id, api.secret))).json).toMatchObject({
    active: true,
    aud: ORDERS,
    scope: 'orders:read',
  });
  expect((await introspect(accessToken, basic(stranger.id, stranger.secret))).json).toEqual({
    active: false,
  });
});

test('introspection needs authentication', async () => {
  const { accessToken, id } = await signIn();
  expect((await introspect(accessToken, basic(id, 'wrong'))).status).toBe(401);
  expect((await introspect(accessToken, {})).status).toBe(400);
});

test('a revoked token is dead everywhere, and revoking is audited', async () => {
  const { id, secret, accessToken, refreshToken } = await signIn();
  const { status } = await postForm(
    `${server.issuer}/revoke`,
    { token: refreshToken },
    basic(id, secret),
  );
  expect(status).toBe(200);

  expect((await introspect(accessToken, basic(id, secret))).json).toEqual({ active: false });
  expect((await get(`${server.issuer}/userinfo`, bearer(accessToken))).status).toBe(401);
  const refresh = await postForm(
    `${server.issuer}/token`,
    { grant_type: 'refresh_token', refresh_token: refreshToken },
    basic(id, secret),
  );
  expect(refresh.json['error']).toBe('invalid_grant');
  expect(
    await server.services.db.auditEvent.count({ where: { type: 'token.revoked', clientId: id } }),
  ).toBeGreaterThan(0);
});

test('a client cannot revoke the token of another', async () => {
  const { accessToken, id, secret } = await signIn();
  const stranger = await createTestClient(server, 'service');
  const { status } = await postForm(
    `${server.issuer}/revoke`,
    { token: accessToken },
    basic(stranger.id, stranger.secret),
  );

  expect(status).toBe(400);
  expect((await introspect(accessToken, basic(id, secret))).json).toMatchObject({ active: true });
});

test('userinfo takes access tokens for itself alone', async () => {
  const forApi = await signIn('openid orders:read');
  const own = await signIn('openid email');

  expect((await get(`${server.issuer}/userinfo`, bearer(forApi.accessToken))).status).toBe(403);
  expect((await get(`${server.issuer}/userinfo`, bearer(own.refreshToken))).status).toBe(401);
  expect((await get(`${server.issuer}/userinfo`)).status).toBe(401);
  expect((await get(`${server.issuer}/userinfo`, bearer(own.accessToken))).json).toMatchObject({
    email: 'alice@example.com',
  });
});

test('a JWT is introspected too: alive while its user, client and consent are', async () => {
  const jwtServer = await startServer();
  try {
    await createPerson(jwtServer, ALICE);
    await createOrdersApi(jwtServer);
    const { id, secret } = await createTestClient(jwtServer, 'web', READS_ORDERS);
    const party = await relyingParty(jwtServer.issuer, id, secret);
    const { tokens } = await signInAndFetchTokens(party, ALICE, {
      parameters: { scope: 'openid orders:read' },
    });
    const api = await createTestClient(jwtServer, 'service', { actsAsApi: ORDERS });
    const stranger = await createTestClient(jwtServer, 'service');
    const ask = (token: string, who = api) =>
      postForm(`${jwtServer.issuer}/introspect`, { token }, basic(who.id, who.secret));
    const forged = `${tokens.access_token.slice(0, -4)}AAAA`;

    expect((await ask(tokens.access_token)).json).toMatchObject({
      active: true,
      aud: ORDERS,
      client_id: id,
      scope: 'orders:read',
    });
    expect((await ask(tokens.access_token, stranger)).json).toEqual({ active: false });
    expect((await ask(forged)).json).toEqual({ active: false });
    expect((await ask(tokens.id_token ?? '')).json).toEqual({ active: false });
    expect((await ask(tokens.access_token, { ...api, secret: 'wrong' })).status).toBe(401);

    const [consent] = await listConsents(jwtServer.services, { clientId: id });
    await revokeConsent(jwtServer.services, { consentId: consent?.id ?? '' }, { type: 'system' });
    expect((await ask(tokens.access_token)).json).toEqual({ active: false });
  } finally {
    await jwtServer.close();
  }
});
