import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { createAgent } from '../support/agent.ts';
import {
  createOrdersApi,
  createStockApi,
  createTestClient,
  ORDERS,
  READS_BOTH,
  READS_ORDERS,
  STOCK,
} from '../support/clients.ts';
import {
  authorizationRequest,
  authorize,
  CALLBACK,
  redeem,
  relyingParty,
  signInAndFetchTokens,
} from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
  await createOrdersApi(server);
});

afterAll(() => server.close());

const keys = () => createRemoteJWKSet(new URL(`${server.issuer}/jwks`));

test('a person signs in, consents, and the application gets tokens that verify', async () => {
  const { id, secret } = await createTestClient(server, 'web');
  const party = await relyingParty(server.issuer, id, secret);

  const { tokens, callback } = await signInAndFetchTokens(party, ALICE, {
    parameters: { scope: 'openid profile email' },
  });

  expect(callback.searchParams.get('iss')).toBe(server.issuer); // RFC 9207
  const { payload, protectedHeader } = await jwtVerify(tokens.id_token ?? '', keys(), {
    audience: id,
    issuer: server.issuer,
  });
  expect(protectedHeader.alg).toBe('ES256');
  expect(payload['amr']).toEqual(['pwd']);
  expect(payload['auth_time']).toEqual(expect.any(Number));
  const userinfo = await oidc.fetchUserInfo(party, tokens.access_token, payload.sub ?? '');
  expect(userinfo).toMatchObject({
    preferred_username: 'alice',
    email: 'alice@example.com',
    email_verified: false,
  });
  expect(tokens.refresh_token).toEqual(expect.any(String));
});

test('an access token for an API is a JWT with that audience (RFC 9068)', async () => {
  const { id, secret } = await createTestClient(server, 'web', READS_ORDERS);
  const party = await relyingParty(server.issuer, id, secret);

  const { tokens } = await signInAndFetchTokens(party, ALICE, {
    parameters: { scope: 'openid orders:read' },
  });

  const { payload, protectedHeader } = await jwtVerify(tokens.access_token, keys(), {
    audience: ORDERS,
    issuer: server.issuer,
  });
  expect(protectedHeader.typ).toBe('at+jwt');
  expect(payload).toMatchObject({
    client_id: id,
    scope: 'orders:read',
    amr: ['pwd'],
    acr: expect.any(String),
    auth_time: expect.any(Number),
  });
});

test('a request for more than the client is allowed is invalid_scope', async () => {
  const { id, secret } = await createTestClient(server, 'web', READS_ORDERS);
  const party = await relyingParty(server.issuer, id, secret);
  const { url } = await authorizationRequest(party, { scope: 'openid orders:write' });

  const callback = await authorize(createAgent(server.issuer), url, ALICE);

  expect(callback.searchParams.get('error')).toBe('invalid_scope');
  expect(callback.searchParams.get('iss')).toBe(server.issuer);
});

test('a client with one API gets a token for it without asking for anything', async () => {
  const { id, secret } = await createTestClient(server, 'web', READS_ORDERS);
  const party = await relyingParty(server.issuer, id, secret);
  const request = await authorizationRequest(party);
  request.url.searchParams.delete('scope');

  const callback = await authorize(createAgent(server.issuer), request.url, ALICE);
  const tokens = await redeem(party, callback, request);

  expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: ORDERS, scope: 'orders:read' });
});

test('a request without scope gets the default scope of its client', async () => {
  const { id, secret } = await createTestClient(server, 'web', { defaultScope: 'openid email' });
  const party = await relyingParty(server.issuer, id, secret);
  const request = await authorizationRequest(party);
  request.url.searchParams.delete('scope');

  const callback = await authorize(createAgent(server.issuer), request.url, ALICE);
  const tokens = await redeem(party, callback, request);

  expect(tokens.scope).toBe('openid email');
});

test('an unregistered redirect URI is refused on the spot, without a redirect', async () => {
  const { id, secret } = await createTestClient(server, 'web');
  const party = await relyingParty(server.issuer, id, secret);
  const { url } = await authorizationRequest(party, { redirect_uri: `${CALLBACK}/` });

  const page = await createAgent(server.issuer).open(url.href);

  expect(page.status).toBe(400);
  expect(page.headers.get('location')).toBeNull();
  expect(page.body).toContain('unknown return address');
});

test('a request without PKCE is refused', async () => {
  const { id, secret } = await createTestClient(server, 'web');
  const party = await relyingParty(server.issuer, id, secret);
  const { url } = await authorizationRequest(party);
  url.searchParams.delete('code_challenge');
  url.searchParams.delete('code_challenge_method');

  const callback = await authorize(createAgent(server.issuer), url, ALICE);

  expect(callback.searchParams.get('error')).toBe('invalid_request');
});

test('a client registered without PKCE may leave it out', async () => {
  const { id, secret } = await createTestClient(server, 'web', { requirePkce: false });
  const party = await relyingParty(server.issuer, id, secret);
  const request = await authorizationRequest(party);
  request.url.searchParams.delete('code_challenge');
  request.url.searchParams.delete('code_challenge_method');

  const callback = await authorize(createAgent(server.issuer), request.url, ALICE);
  const tokens = await oidc.authorizationCodeGrant(party, callback, {
    expectedState: request.state,
    expectedNonce: request.nonce,
  });

  expect(decodeJwt(tokens.id_token ?? '')['nonce']).toBe(request.nonce);
});

test('a second sign-on in the same browser asks nothing', async () => {
  const { id, secret } = await createTestClient(server, 'web');
  const party = await relyingParty(server.issuer, id, secret);
  const { agent } = await signInAndFetchTokens(party, ALICE);

  const request = await authorizationRequest(party);
  const page = await agent.browse(request.url.href);

  expect(page.headers.get('location')).toMatch(/^https:\/\/app\.example\.com\/callback\?code=/);
});

test('consent is remembered in another browser, and asked again only for what is new', async () => {
  const { id, secret } = await createTestClient(server, 'web', READS_ORDERS);
  const party = await relyingParty(server.issuer, id, secret);
  await signInAndFetchTokens(party, ALICE, { parameters: { scope: 'openid profile' } });

  const agent = createAgent(server.issuer);
  const same = await authorizationRequest(party, { scope: 'openid profile' });
  const page = await agent.submit(await agent.browse(same.url.href), 'login-submit', { ...ALICE });
  expect(page.headers.get('location')).toContain('code=');

  const more = await authorizationRequest(party, { scope: 'openid profile orders:read' });
  const consent = await agent.browse(more.url.href);
  expect(consent.body).toContain('Read your orders');
});

test('what was refused stays refused when something new is asked', async () => {
  const { id, secret } = await createTestClient(server, 'web', READS_ORDERS);
  const party = await relyingParty(server.issuer, id, secret);
  const first = await authorizationRequest(party, { scope: 'openid profile email' });
  const agent = createAgent(server.issuer);
  const page = await agent.submit(await agent.browse(first.url.href), 'login-submit', { ...ALICE });
  await agent.submit(page, 'consent-allow', { scope: ['profile'] });

  const more = await authorizationRequest(party, { scope: 'openid profile email orders:read' });
  const consent = await agent.browse(more.url.href);
  const box = (value: string) =>
    new RegExp(`<input type="checkbox"[^>]*value="${value}"[^>]*>`).exec(consent.body)?.[0];
  expect(box('profile')).toBeUndefined(); // allowed before: told, and not asked
  expect(box('email')).not.toContain('checked');
  expect(box('[^"]* orders:read')).toContain('checked');
  const answer = await agent.submit(consent, 'consent-allow'); // as it stands

  const tokens = await redeem(party, new URL(answer.headers.get('location') ?? ''), more);
  expect(tokens.scope).toBe('orders:read');
  const [consented] = await server.services.db.consent.findMany({ where: { clientId: id } });
  expect(consented?.scopes).toMatchObject({
    granted: { openid: ['openid', 'profile'] },
    rejected: { openid: ['email'] },
  });
});

test('a person who allows nothing new keeps what was allowed before', async () => {
  const { id, secret } = await createTestClient(server, 'web', READS_ORDERS);
  const party = await relyingParty(server.issuer, id, secret);
  const { agent } = await signInAndFetchTokens(party, ALICE, {
    parameters: { scope: 'openid profile' },
  });

  const more = await authorizationRequest(party, { scope: 'openid profile orders:read' });
  const consent = await agent.browse(more.url.href);
  const answer = await agent.submit(consent, 'consent-allow', { scope: [] });

  const tokens = await redeem(party, new URL(answer.headers.get('location') ?? ''), more);
  expect(tokens.scope).toBe('openid profile');
});

test('a code for two APIs is redeemed without naming one, and each has its token on request', async () => {
  await createStockApi(server);
  const { id, secret } = await createTestClient(server, 'web', READS_BOTH);
  const party = await relyingParty(server.issuer, id, secret);
  const { tokens } = await signInAndFetchTokens(party, ALICE, {
    parameters: { scope: 'openid offline_access orders:read stock:read' },
  });
  expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: ORDERS, scope: 'orders:read' });

  const refreshed = await oidc.refreshTokenGrant(party, tokens.refresh_token ?? '', {
    resource: STOCK,
  });
  expect(decodeJwt(refreshed.access_token)).toMatchObject({
    aud: STOCK,
    scope: 'stock:read',
  });
  const again = await oidc.refreshTokenGrant(party, refreshed.refresh_token ?? '');
  expect(decodeJwt(again.access_token)['aud']).toBe(ORDERS);
});

test('a single optional scope can be refused', async () => {
  const { id, secret } = await createTestClient(server, 'web');
  const party = await relyingParty(server.issuer, id, secret);
  const request = await authorizationRequest(party, { scope: 'openid profile email' });
  const agent = createAgent(server.issuer);
  const consent = await agent.submit(await agent.browse(request.url.href), 'login-submit', {
    ...ALICE,
  });

  const answer = await agent.submit(consent, 'consent-allow', { scope: ['profile'] });
  const tokens = await redeem(party, new URL(answer.headers.get('location') ?? ''), request);

  expect(tokens.scope).toBe('openid profile');
});

test('refusing tells the application access_denied', async () => {
  const { id, secret } = await createTestClient(server, 'web');
  const party = await relyingParty(server.issuer, id, secret);
  const { url, state } = await authorizationRequest(party);
  const agent = createAgent(server.issuer);
  const consent = await agent.submit(await agent.browse(url.href), 'login-submit', { ...ALICE });

  const answer = await agent.submit(consent, 'consent-deny');

  const callback = new URL(answer.headers.get('location') ?? '');
  expect(Object.fromEntries(callback.searchParams)).toMatchObject({
    error: 'access_denied',
    state,
    iss: server.issuer,
  });
});

test('a first-party client skips the consent page', async () => {
  const { id, secret } = await createTestClient(server, 'web', { firstParty: true });
  const party = await relyingParty(server.issuer, id, secret);
  const { url } = await authorizationRequest(party, { scope: 'openid profile' });
  const agent = createAgent(server.issuer);

  const page = await agent.submit(await agent.browse(url.href), 'login-submit', { ...ALICE });

  expect(page.headers.get('location')).toContain('code=');
});

test('form_post answers with a form that posts to the application', async () => {
  const { id, secret } = await createTestClient(server, 'web', { firstParty: true });
  const party = await relyingParty(server.issuer, id, secret);
  const { url } = await authorizationRequest(party, { response_mode: 'form_post' });
  const agent = createAgent(server.issuer);

  const page = await agent.submit(await agent.browse(url.href), 'login-submit', { ...ALICE });

  expect(page.body).toContain(`action="${CALLBACK}"`);
  expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self'/);
  expect(page.body).toContain('id="form-post-continue"'); // for browsers without scripts
  expect(page.headers.get('content-security-policy')).not.toContain('form-action');
});
