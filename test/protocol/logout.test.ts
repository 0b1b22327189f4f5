// RP-initiated logout and back-channel logout.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { createTestClient } from '../support/clients.ts';
import { bearer, get } from '../support/http.ts';
import {
  authorizationRequest,
  relyingParty,
  signInAndFetchTokens,
} from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const BYE = 'https://app.example.com/bye';
let server: TestServer;
let receiver: Server;
const received: string[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    request.on('data', (chunk) => received.push(String(chunk)));
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  server = await startServer({ INSECURE_PRIVATE_ADDRESSES: 'true' });
  await createPerson(server, ALICE);
});

afterAll(async () => {
  await server.close();
  await new Promise((resolve) => receiver.close(resolve));
});

async function signIn(more = {}) {
  const { id, secret } = await createTestClient(server, 'web', {
    postLogoutRedirectUris: [BYE],
    ...more,
  });
  const party = await relyingParty(server.issuer, id, secret);
  return { id, party, ...(await signInAndFetchTokens(party, ALICE)) };
}

test('logging out ends the session and what hangs on it, and leads back to the application', async () => {
  const { party, agent, tokens } = await signIn();
  const url = oidc.buildEndSessionUrl(party, {
    id_token_hint: tokens.id_token ?? '',
    post_logout_redirect_uri: BYE,
    state: 's1',
  });

  const page = await agent.submit(await agent.browse(url.href), 'logout-confirm');

  expect(page.headers.get('location')).toBe(`${BYE}?state=s1`);
  expect((await get(`${server.issuer}/userinfo`, bearer(tokens.access_token))).status).toBe(401);
  const again = await agent.browse((await authorizationRequest(party)).url.href);
  expect(again.body).toContain('id="login-submit"');
  expect(
    await server.services.db.auditEvent.count({ where: { type: 'session.ended' } }),
  ).toBeGreaterThan(0);
});

test('the page says who is signed in, by name and username', async () => {
  const { party, agent } = await signIn();
  const page = await agent.open(oidc.buildEndSessionUrl(party).href);
  expect(page.body).toMatch(/Signed in as[^]*<bdi>Alice Example<[^]*<bdi>alice</);
});

test('staying signed in changes nothing', async () => {
  const { party, agent, tokens } = await signIn();
  const url = oidc.buildEndSessionUrl(party, { post_logout_redirect_uri: BYE });
  await agent.submit(await agent.browse(url.href), 'logout-stay');

  const other = await createTestClient(server, 'web', { firstParty: true });
  const sso = await agent.browse(
    (await authorizationRequest(await relyingParty(server.issuer, other.id, other.secret))).url
      .href,
  );
  expect(sso.headers.get('location')).toContain('code=');
  expect(tokens.access_token).toEqual(expect.any(String));
});

test('an unregistered post_logout_redirect_uri is refused', async () => {
  const { party, agent, tokens } = await signIn();
  const url = oidc.buildEndSessionUrl(party, {
    id_token_hint: tokens.id_token ?? '',
    post_logout_redirect_uri: 'https://evil.example/',
  });

  const page = await agent.open(url.href);

  expect(page.status).toBe(400);
  expect(page.headers.get('location')).toBeNull();
});

test('the application is told by the back channel, with a signed logout token', async () => {
  const { port } = receiver.address() as AddressInfo;
  const { party, agent, tokens, id } = await signIn({
    backchannelLogoutUri: `http://127.0.0.1:${port}/logout`,
  });
  const url = oidc.buildEndSessionUrl(party, { id_token_hint: tokens.id_token ?? '' });
  await agent.submit(await agent.browse(url.href), 'logout-confirm');

  const logoutToken = new URLSearchParams(received.at(-1)).get('logout_token') ?? '';
  const keys = createRemoteJWKSet(new URL(`${server.issuer}/jwks`));
  const { payload } = await jwtVerify(logoutToken, keys, {
    issuer: server.issuer,
    audience: id,
    typ: 'logout+jwt',
  });
  expect(payload['events']).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} });
});
