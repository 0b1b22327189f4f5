// The settings that weaken, each for itself: what they open is open, and nothing more.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAgent, locationOf } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { basic, get, postForm } from '../support/http.ts';
import { authorizationRequest, CALLBACK, relyingParty } from '../support/relying-party.ts';
import { startServer, type TestServer } from '../support/server.ts';

let weak: TestServer;
let strict: TestServer;

beforeAll(async () => {
  strict = await startServer();
  weak = await startServer({
    INSECURE_OPEN_REGISTRATION: 'true',
    INSECURE_PKCE_OPTIONAL: 'true',
    INSECURE_NO_RATE_LIMITS: 'true',
    INSECURE_POST_AUTHORIZATION: 'true',
  });
});

afterAll(async () => {
  await weak.close();
  await strict.close();
});

const register = ({ issuer }: TestServer) =>
  fetch(`${issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [CALLBACK] }),
  });

test('open registration', async () => {
  expect((await register(weak)).status).toBe(201);
  expect((await register(strict)).status).toBe(404);
});

async function withoutPkce(server: TestServer, type: 'web' | 'spa') {
  const { id, secret } = await createTestClient(server, type);
  const { url } = await authorizationRequest(
    await relyingParty(server.issuer, id, secret || undefined),
  );
  url.searchParams.delete('code_challenge');
  url.searchParams.delete('code_challenge_method');
  return createAgent(server.issuer).open(url.href);
}

test('PKCE optional, for clients that have a credential', async () => {
  expect(locationOf(await withoutPkce(weak, 'web'))).toContain('/interaction/');
  expect(locationOf(await withoutPkce(weak, 'spa'))).toContain('error=invalid_request');
  expect(locationOf(await withoutPkce(strict, 'web'))).toContain('error=invalid_request');
});

async function post(server: TestServer) {
  const { id, secret } = await createTestClient(server, 'web');
  const { url } = await authorizationRequest(await relyingParty(server.issuer, id, secret));
  return createAgent(server.issuer).open('/auth', Object.fromEntries(url.searchParams));
}

test('POST at the authorization endpoint', async () => {
  expect(locationOf(await post(weak))).toContain('/interaction/');
  expect((await post(strict)).status).toBe(404);
});

test('no rate limits', async () => {
  const { id } = await createTestClient(weak, 'service');
  const guess = (server: TestServer) =>
    postForm(`${server.issuer}/token`, { grant_type: 'client_credentials' }, basic(id, 'wrong'));
  const answers = async (server: TestServer) => {
    const statuses = [];
    for (let i = 0; i < 70; i++) statuses.push((await guess(server)).status);
    return new Set(statuses);
  };
  expect(await answers(weak)).toEqual(new Set([401]));
  expect(await answers(strict)).toEqual(new Set([401, 429]));
  const blocked = await guess(strict);
  expect(blocked.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  expect((await get(`${strict.issuer}/jwks`)).status).toBe(200);
});
