// What OAuth has and this server does not: refused by name, and nothing is left of the request (RFC 6749 §4.1.2.1, §5.2).
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAgent } from '../support/agent.ts';
import { createOrdersApi, createTestClient, READS_ORDERS } from '../support/clients.ts';
import { basic, postForm } from '../support/http.ts';
import {
  authorizationRequest,
  CALLBACK,
  callbackOf,
  relyingParty,
} from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { signedIn } from '../support/victims.ts';

/** What would answer in the fragment is refused for that already, unless it asks for another way. */
const IN_FRAGMENT = ['token', 'id_token', 'code id_token', 'code token', 'code id_token token'];
const RESPONSE_TYPES = ['none', 'codes', 'CODE', 'code none'];
const GRANT_TYPES = [
  'password',
  'implicit',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:openid:params:grant-type:ciba',
  'AUTHORIZATION_CODE',
  'x',
];
let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
  await createOrdersApi(server);
});

afterAll(() => server.close());

const rows = () => server.services.db.protocolState.count();

test.each([
  ...RESPONSE_TYPES.map((type) => [type, 'unsupported_response_type']),
  ...IN_FRAGMENT.map((type) => [type, 'invalid_request']),
])('the response type %j is %s, signed in or not', async (response_type, error) => {
  const { agent, party } = await signedIn(server, { client: { firstParty: true } });
  const before = await rows();

  for (const browser of [agent, createAgent(server.issuer)]) {
    const { url, state } = await authorizationRequest(party, { response_type });
    const callback = callbackOf(await browser.open(url.href));
    const answer = Object.fromEntries(
      new URLSearchParams(callback.search || callback.hash.slice(1)),
    );
    expect(callback.href.startsWith(CALLBACK)).toBe(true);
    expect(Object.keys(answer).toSorted()).toEqual(['error', 'error_description', 'iss', 'state']);
    expect(answer).toMatchObject({ error, state, iss: server.issuer });
  }
  expect(await rows()).toBe(before);
});

test.each([...RESPONSE_TYPES, ...IN_FRAGMENT])(
  'the response type %j is unsupported by form and when it is pushed',
  async (response_type) => {
    const { id, secret } = await createTestClient(server, 'web');
    const party = await relyingParty(server.issuer, id, secret);
    const asked = { response_type, response_mode: 'form_post' };
    const { url } = await authorizationRequest(party, asked);
    const before = await rows();

    const page = await createAgent(server.issuer).open(url.href);
    const form = Object.fromEntries(url.searchParams);
    const { status, json } = await postForm(`${server.issuer}/par`, form, basic(id, secret));

    expect(page.body).toContain('name="error" value="unsupported_response_type"');
    expect(page.body).not.toMatch(/name="(code|access_token|id_token)"/);
    expect([status, json['error']]).toEqual([400, 'unsupported_response_type']);
    expect(await rows()).toBe(before);
  },
);

test.each(['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'])(
  'a client that is not registered for %s is unauthorized for it',
  async (grant_type) => {
    const { id, secret } = await createTestClient(server, 'service', READS_ORDERS);
    const form = { grant_type, code: 'x', refresh_token: 'x', device_code: 'x' };
    const { status, json } = await postForm(`${server.issuer}/token`, form, basic(id, secret));
    expect([status, json['error']]).toEqual([400, 'unauthorized_client']);
  },
);

test.each(GRANT_TYPES)('the grant type %j is unsupported', async (grant_type) => {
  const { id, secret } = await createTestClient(server, 'service', READS_ORDERS);
  const before = await rows();
  const form = { grant_type, username: ALICE.login, password: ALICE.password, assertion: 'x' };

  const { status, json } = await postForm(`${server.issuer}/token`, form, basic(id, secret));

  expect([status, json['error'], json['access_token']]).toEqual([
    400,
    'unsupported_grant_type',
    undefined,
  ]);
  expect(await rows()).toBe(before);
});

test('who is not the client it claims to be does not learn what is supported', async () => {
  const { id } = await createTestClient(server, 'service');
  const form = { grant_type: 'password' };
  const { status, json } = await postForm(`${server.issuer}/token`, form, basic(id, 'wrong'));
  expect([status, json['error']]).toEqual([401, 'invalid_client']);
});
