// Browser sessions under concurrency (the provider by itself forks them), and what is at rest of them.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hashSecret } from '../../src/foundation/secrets.ts';
import { type Agent, createAgent } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { bearer, get } from '../support/http.ts';
import {
  authorizationRequest,
  authorize,
  callbackOf,
  redeem,
  relyingParty,
  signInAndFetchTokens,
} from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const ROUNDS = 5;
let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
});

afterAll(() => server.close());

async function firstParty() {
  const { id, secret } = await createTestClient(server, 'web', { firstParty: true });
  return relyingParty(server.issuer, id, secret);
}

/** Two applications of one browser ask at the same moment. */
async function parallelSignOn(agent: Agent) {
  const parties = await Promise.all([firstParty(), firstParty()]);
  const requests = await Promise.all(parties.map((party) => authorizationRequest(party)));
  const pages = await Promise.all(requests.map(({ url }) => agent.open(url.href)));
  return Promise.all(
    pages.map(async (page, i) => {
      const [party, request] = [parties[i], requests[i]];
      if (!party || !request) throw new Error('unreachable');
      return redeem(party, callbackOf(page), request);
    }),
  );
}

test('parallel single sign-on: every code is good, and every token dies at logout', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { agent } = await signInAndFetchTokens(await firstParty(), ALICE);
    const tokens = await parallelSignOn(agent);

    await agent.submit(await agent.browse('/logout'), 'logout-confirm');

    for (const { access_token } of tokens) {
      expect((await get(`${server.issuer}/userinfo`, bearer(access_token))).status).toBe(401);
    }
  }
  expect(await server.services.db.session.count({ where: { userId: { not: null } } })).toBe(0);
});

test('fifty tabs of one browser sign on at once, and all of them get there', async () => {
  const { agent } = await signInAndFetchTokens(await firstParty(), ALICE);
  const parties = await Promise.all(Array.from({ length: 5 }, () => firstParty()));
  const tabs = parties.flatMap((party) => Array.from({ length: 10 }, () => party));
  const requests = await Promise.all(tabs.map((party) => authorizationRequest(party)));
  const pages = await Promise.all(requests.map(({ url }) => agent.open(url.href)));

  expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([303]));
  for (const page of pages) expect(callbackOf(page).searchParams.get('code')).not.toBeNull();
});

test('a request under way while the session ends does not bring it back', async () => {
  const party = await firstParty();
  const { agent } = await signInAndFetchTokens(party, ALICE);
  const { url } = await authorizationRequest(party);
  const confirm = await agent.browse('/logout');
  const before = agent.cookies.map((cookie) => ({ ...cookie }));

  await Promise.all([
    agent.submit(confirm, 'logout-confirm'),
    ...Array.from({ length: 5 }, () => fetchWith(before, url)),
  ]);

  const late = createAgent(server.issuer);
  late.cookies.push(...before);
  expect((await late.browse((await authorizationRequest(party)).url.href)).body).toContain(
    'id="login-submit"',
  );
});

function fetchWith(cookies: Agent['cookies'], url: URL) {
  const copy = createAgent(server.issuer);
  copy.cookies.push(...cookies.map((cookie) => ({ ...cookie })));
  return copy.open(url.href);
}

test('the session’s cookie changes at sign-in and at every sign-on, and is not at rest in clear', async () => {
  const party = await firstParty();
  const agent = createAgent(server.issuer);
  const cookie = () => agent.cookies.find(({ name }) => name === 'latchkey_session')?.value ?? '';
  await agent.browse('/logout');
  const anonymous = cookie();
  await authorize(agent, (await authorizationRequest(party)).url, ALICE);

  expect(cookie()).not.toBe(anonymous);
  const rows = await server.services.db.session.findMany();
  expect(JSON.stringify(rows)).not.toContain(cookie());
  expect(rows.map(({ id }) => id)).toContain(hashSecret(cookie()));
});

test('no code, token or interaction id is at rest in clear', async () => {
  const party = await firstParty();
  const agent = createAgent(server.issuer);
  const request = await authorizationRequest(party, {
    scope: 'openid offline_access',
    prompt: 'consent',
  });
  const login = await agent.browse(request.url.href);
  const interaction = /interaction\/([\w-]+)/.exec(login.url)?.[1] ?? 'none';
  const during = JSON.stringify(await server.services.db.protocolState.findMany());
  const callback = callbackOf(await agent.submit(login, 'login-submit', { ...ALICE }));
  const tokens = await redeem(party, callback, request);

  const after = JSON.stringify(await server.services.db.protocolState.findMany());
  expect(interaction).toHaveLength(43);
  expect(during).not.toContain(interaction);
  for (const secret of [
    callback.searchParams.get('code'),
    tokens.access_token,
    tokens.refresh_token,
  ]) {
    expect(secret).toEqual(expect.any(String));
    expect(after).not.toContain(secret);
  }
});

test('a native application may use any port of the loopback, and nothing else may vary', async () => {
  const { id } = await createTestClient(server, 'native', {
    redirectUris: ['http://127.0.0.1/callback'],
  });
  const party = await relyingParty(server.issuer, id);
  const ask = async (redirect_uri: string) =>
    createAgent(server.issuer).open((await authorizationRequest(party, { redirect_uri })).url.href);

  expect((await ask('http://127.0.0.1:51004/callback')).status).toBe(303);
  for (const other of [
    'http://127.0.0.1:51004/other',
    'http://localhost:51004/callback',
    'https://127.0.0.1:51004/callback',
  ]) {
    expect((await ask(other)).status).toBe(400);
  }
});

test.each(['RS256', 'EdDSA'] as const)('ID tokens by %s where the client says so', async (alg) => {
  const { id, secret } = await createTestClient(server, 'web', { idTokenSignedResponseAlg: alg });
  const party = await relyingParty(server.issuer, id, secret, {
    id_token_signed_response_alg: alg,
  });
  const { tokens } = await signInAndFetchTokens(party, ALICE);
  const [header = ''] = (tokens.id_token ?? '').split('.');
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ alg });
});
