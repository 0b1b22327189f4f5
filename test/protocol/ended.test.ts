// Attack 20: what is disabled or deleted is refused at every grant and endpoint, at once, also after cached reads.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deleteApi, disableApi } from '../../src/authorization/apis/apis.ts';
import { disableUser, deleteUser } from '../../src/identity/users/users.ts';
import { deleteClient, disableClient } from '../../src/protocol/clients/clients.ts';
import { listConsents, revokeConsent } from '../../src/protocol/grants/consents.ts';
import { createOrdersApi, createTestClient, ORDERS, READS_ORDERS } from '../support/clients.ts';
import { basic, bearer, get, postForm } from '../support/http.ts';
import {
  authorizationRequest,
  relyingParty,
  signInAndFetchTokens,
} from '../support/relying-party.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const SYSTEM = { type: 'system' } as const;
let server: TestServer;
let people = 0;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.close());

async function world() {
  const person = { login: `person${++people}`, password: 'correct horse battery staple' };
  const user = await createPerson(server, person);
  const { id, secret } = await createTestClient(server, 'web');
  const party = await relyingParty(server.issuer, id, secret);
  const { tokens, agent } = await signInAndFetchTokens(party, person);
  const at = { token: tokens.access_token, hint: 'access_token' };
  await get(`${server.issuer}/userinfo`, bearer(at.token)); // the caches are warm now
  return {
    user,
    person,
    id,
    secret,
    party,
    agent,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token ?? '',
  };
}

type World = Awaited<ReturnType<typeof world>>;

async function answers({ id, secret, party, agent, accessToken, refreshToken }: World) {
  const auth = basic(id, secret);
  const sso = await agent.browse((await authorizationRequest(party)).url.href);
  return {
    userinfo: (await get(`${server.issuer}/userinfo`, bearer(accessToken))).status,
    introspection:
      (await postForm(`${server.issuer}/introspect`, { token: accessToken }, auth)).json[
        'active'
      ] ?? 'refused',
    refresh: (
      await postForm(
        `${server.issuer}/token`,
        { grant_type: 'refresh_token', refresh_token: refreshToken },
        auth,
      )
    ).json['error'],
    sso: sso.headers.get('location') ? 'code' : sso.status,
  };
}

test('a disabled user', async () => {
  const alice = await world();
  await disableUser(server.services, alice.user.id, SYSTEM);
  expect(await answers(alice)).toEqual({
    userinfo: 401,
    introspection: false,
    refresh: 'invalid_grant',
    sso: 200,
  });
  const login = await alice.agent.browse((await authorizationRequest(alice.party)).url.href);
  const refused = await alice.agent.submit(login, 'login-submit', { ...alice.person });
  expect(refused.status).toBe(401);
});

test('a deleted user', async () => {
  const alice = await world();
  await deleteUser(server.services, alice.user.id, SYSTEM);
  expect(await answers(alice)).toEqual({
    userinfo: 401,
    introspection: false,
    refresh: 'invalid_grant',
    sso: 200,
  });
});

test.each([
  ['disabled', disableClient],
  ['deleted', deleteClient],
] as const)('a %s client', async (_, end) => {
  const alice = await world();
  await end(server.services, alice.id, SYSTEM);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await answers(alice)).toEqual({
    userinfo: 401,
    introspection: 'refused',
    refresh: 'invalid_client',
    sso: 400,
  });
});

test('a revoked consent', async () => {
  const alice = await world();
  const [consent] = await listConsents(server.services, { clientId: alice.id });
  await revokeConsent(server.services, { consentId: consent?.id ?? '' }, SYSTEM);
  expect(await answers(alice)).toMatchObject({
    userinfo: 401,
    introspection: false,
    refresh: 'invalid_grant',
    sso: 200,
  });
});

test('a disabled API, and a deleted one', async () => {
  await createOrdersApi(server, 'opaque');
  const service = await createTestClient(server, 'service', READS_ORDERS);
  const auth = basic(service.id, service.secret);
  const ask = () =>
    postForm(
      `${server.issuer}/token`,
      { grant_type: 'client_credentials', scope: 'orders:read' },
      auth,
    );
  const { json } = await ask();
  const introspect = () =>
    postForm(`${server.issuer}/introspect`, { token: json['access_token'] ?? '' }, auth);
  expect((await introspect()).json).toMatchObject({ active: true });

  await disableApi(server.services, ORDERS, SYSTEM);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await ask()).status).toBe(400);
  expect((await introspect()).json).toEqual({ active: false });
  await deleteApi(server.services, ORDERS, SYSTEM);
  expect(await server.services.db.api.count({ where: { identifier: ORDERS } })).toBe(0);
});
