import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as oidc from 'openid-client';
import { createOrdersApi, createTestClient, READS_ORDERS } from '../support/clients.ts';
import { get, postForm, bearer } from '../support/http.ts';
import { relyingParty, signInAndFetchTokens } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let strict: TestServer;

beforeAll(async () => {
  server = await startServer();
  strict = await startServer({ REFRESH_GRACE_SECONDS: '0' });
  for (const one of [server, strict]) {
    await createPerson(one, ALICE);
    await createOrdersApi(one);
  }
});

afterAll(async () => {
  await server.close();
  await strict.close();
});

const refresh = ({ issuer }: TestServer, client_id: string, refresh_token: string, more = {}) =>
  postForm(`${issuer}/token`, { grant_type: 'refresh_token', client_id, refresh_token, ...more });

async function signIn(at: TestServer, parameters: Record<string, string> = {}) {
  const { id } = await createTestClient(at, 'spa', READS_ORDERS);
  const party = await relyingParty(at.issuer, id);
  const { tokens, agent } = await signInAndFetchTokens(party, ALICE, { parameters });
  return { id, party, agent, tokens, refreshToken: tokens.refresh_token ?? '' };
}

test('a public client’s refresh token rotates', async () => {
  const { id, refreshToken, party } = await signIn(server);

  const first = await refresh(server, id, refreshToken);
  expect(first.status).toBe(200);
  expect(first.json['refresh_token']).not.toBe(refreshToken);

  const next = await oidc.refreshTokenGrant(party, first.json['refresh_token'] ?? '');
  expect(next.refresh_token).not.toBe(first.json['refresh_token']);
});

test('within the grace a retry is answered with the same successor: one family', async () => {
  const { id, refreshToken } = await signIn(server);

  const answers = await Promise.all([1, 2, 3].map(() => refresh(server, id, refreshToken)));
  const late = await refresh(server, id, refreshToken);

  const successors = new Set([...answers, late].map(({ json }) => json['refresh_token']));
  expect([...answers, late].map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(successors.size).toBe(1);
  expect(
    await server.services.db.protocolState.count({
      where: { model: 'RefreshToken', clientId: id },
    }),
  ).toBe(2);
});

test('once the successor has been used, the old token is reuse even within the grace', async () => {
  const { id, refreshToken } = await signIn(server);
  const first = await refresh(server, id, refreshToken);
  await refresh(server, id, first.json['refresh_token'] ?? '');

  const replay = await refresh(server, id, refreshToken);

  expect(replay.json['error']).toBe('invalid_grant');
  expect(await server.services.db.grant.count({ where: { clientId: id } })).toBe(0);
});

test('after the grace, reuse kills the whole grant and is audited', async () => {
  const { id, refreshToken, tokens } = await signIn(strict);
  const first = await refresh(strict, id, refreshToken);

  const replay = await refresh(strict, id, refreshToken);
  expect(replay).toMatchObject({ status: 400, json: { error: 'invalid_grant' } });

  expect((await refresh(strict, id, first.json['refresh_token'] ?? '')).status).toBe(400);
  expect((await get(`${strict.issuer}/userinfo`, bearer(tokens.access_token))).status).toBe(401);
  const event = await strict.services.db.auditEvent.findFirst({
    where: { type: 'token.reuse_detected', clientId: id },
  });
  expect(event).toMatchObject({ outcome: 'refused', actorType: 'client' });
});

test('a grant of one session dies alone: the other device keeps its tokens', async () => {
  const laptop = await signIn(strict);
  const phone = await signInAndFetchTokens(laptop.party, ALICE);
  await refresh(strict, laptop.id, laptop.refreshToken);
  await refresh(strict, laptop.id, laptop.refreshToken);

  expect((await refresh(strict, laptop.id, phone.tokens.refresh_token ?? '')).status).toBe(200);
});

test('another client cannot use it, nor learn anything from trying', async () => {
  const { refreshToken, id } = await signIn(server);
  const other = await createTestClient(server, 'spa');

  expect((await refresh(server, other.id, refreshToken)).json['error']).toBe('invalid_grant');
  expect((await refresh(server, id, refreshToken)).status).toBe(200);
});

test('a refresh that is refused uses nothing up, even without grace', async () => {
  const { id, refreshToken } = await signIn(strict);
  const scope = 'openid orders:read';
  expect((await refresh(strict, id, refreshToken, { scope })).status).toBe(400);
  expect((await refresh(strict, id, refreshToken, { resource: 'urn:other' })).status).toBe(400);

  expect((await refresh(strict, id, refreshToken)).status).toBe(200);
});

test('a refresh cannot widen the scope', async () => {
  const { refreshToken, id } = await signIn(server);
  const { json } = await refresh(server, id, refreshToken, { scope: 'openid orders:read' });
  expect(json['error']).toBe('invalid_scope');
});

test('a confidential client whose policy says so keeps its refresh token', async () => {
  const { id, secret } = await createTestClient(server, 'web', { rotateRefreshTokens: false });
  const party = await relyingParty(server.issuer, id, secret);
  const { tokens } = await signInAndFetchTokens(party, ALICE);

  const again = await oidc.refreshTokenGrant(party, tokens.refresh_token ?? '');
  expect(again.refresh_token ?? tokens.refresh_token).toBe(tokens.refresh_token);
});

test('without offline_access the refresh token ends with the session, with it it does not', async () => {
  const bound = await signIn(server);
  const offline = await signIn(server, { scope: 'openid offline_access', prompt: 'consent' });
  const { db } = server.services;
  await db.session.deleteMany();

  expect((await refresh(server, bound.id, bound.refreshToken)).status).toBe(400);
  expect((await refresh(server, offline.id, offline.refreshToken)).status).toBe(200);
});
