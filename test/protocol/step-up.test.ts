// Two factors, as an application asks for them and a person gives them (RFC 9470).
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { removeSecondFactors } from '../../src/identity/second-factors/second-factors.ts';
import { type Agent, createAgent, type Page } from '../support/agent.ts';
import { codeAt } from '../support/authenticator.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { get, postForm } from '../support/http.ts';
import {
  authorizationRequest,
  callbackOf,
  redeem,
  relyingParty,
} from '../support/relying-party.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const AAL1 = 'http://idmanagement.gov/ns/assurance/aal/1';
const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';
const SYSTEM = { type: 'system' } as const;
const clock = clockAhead();

let server: TestServer;
let number = 0;
let person: { login: string; password: string };
let userId: string;
let agent: Agent;
let party: Awaited<ReturnType<typeof relyingParty>>;

beforeAll(async () => {
  server = await startServer({}, { clock });
});

afterAll(() => server.close());

beforeEach(async () => {
  person = { login: `person-${++number}`, password: 'a long enough password' };
  ({ id: userId } = await createPerson(server, person));
  agent = createAgent(server.issuer);
  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  party = await relyingParty(server.issuer, id);
});

type Parameters = Record<string, string>;

/** Begins a request, and answers how it ends. */
async function begin(parameters: Parameters = {}) {
  const request = await authorizationRequest(party, parameters);
  const page = await agent.browse(request.url.href);
  return {
    page,
    idTokenOf: async (last: Page) => {
      const { id_token = '' } = await redeem(party, callbackOf(last), request);
      return decodeJwt(id_token);
    },
  };
}

const stepOf = ({ url }: Page) => url.split('/').at(-1);
const typePassword = (page: Page) => agent.submit(page, 'login-submit', { ...person });
const keyOn = ({ body }: Page) => /id="key">([^<]+)</.exec(body)?.[1] ?? '';
const recoveryCodesOn = ({ body }: Page) => body.match(/\b(?:[a-z2-7]{4}-){3}[a-z2-7]{4}\b/g) ?? [];

/** Codes of later steps, each used once. */
function nextCode(seed: string): string {
  clock.advance(30);
  return codeAt(seed, clock.now());
}

/** Sets an authenticator up on the way, and answers its seed with the end of the request. */
async function enrol() {
  const { page, idTokenOf } = await begin({ acr_values: AAL2 });
  const offered = await typePassword(page);
  expect(stepOf(offered)).toBe('enrol-second-factor');
  const seed = keyOn(offered);
  const codes = await agent.submit(offered, 'enrol-submit', { code: nextCode(seed) });
  expect(stepOf(codes)).toBe('recovery-codes');
  const last = await agent.submit(codes, 'recovery-codes-continue');
  return { seed, recoveryCodes: recoveryCodesOn(codes), claims: await idTokenOf(last) };
}

const typeCode = (page: Page, seed: string) =>
  agent.submit(page, 'second-factor-submit', { code: nextCode(seed) });

test('discovery names both levels and the claims parameter', async () => {
  const { json } = await get(`${server.issuer}/.well-known/openid-configuration`);
  expect(json).toMatchObject({
    acr_values_supported: [AAL1, AAL2],
    claims_parameter_supported: true,
  });
});

test('who has no second factor signs in as before, at the first level', async () => {
  const { page, idTokenOf } = await begin();
  const claims = await idTokenOf(await typePassword(page));
  expect(claims).toMatchObject({ acr: AAL1, amr: ['pwd'] });
});

test('who is asked for two factors and has one sets up another', async () => {
  const { claims, recoveryCodes } = await enrol();
  expect(claims).toMatchObject({ acr: AAL2, amr: ['pwd', 'otp', 'mfa'] });
  expect(recoveryCodes).toHaveLength(10);
});

test('who has a second factor is asked for it at every sign-in, and not within the session', async () => {
  const { seed } = await enrol();
  agent = createAgent(server.issuer);

  const { page, idTokenOf } = await begin();
  const code = await typePassword(page);
  expect(stepOf(code)).toBe('second-factor');
  const claims = await idTokenOf(await typeCode(code, seed));
  expect(claims).toMatchObject({ acr: AAL2, amr: ['pwd', 'otp', 'mfa'] });

  const again = await begin({ acr_values: AAL2 });
  expect(await again.idTokenOf(again.page)).toMatchObject({
    acr: AAL2,
    auth_time: claims['auth_time'],
  });
});

test('a recovery code does in place of the app, once, and amr says no otp', async () => {
  const { recoveryCodes } = await enrol();
  const recover = async () => {
    agent = createAgent(server.issuer);
    const { page, idTokenOf } = await begin();
    const asked = await typePassword(page);
    const instead = await agent.browse(asked.url.replace('second-factor', 'recovery-code'));
    const code = recoveryCodes[0] ?? '';
    return { last: await agent.submit(instead, 'recovery-code-submit', { code }), idTokenOf };
  };

  const first = await recover();
  expect(await first.idTokenOf(first.last)).toMatchObject({ acr: AAL2, amr: ['pwd', 'mfa'] });
  const { last } = await recover();
  expect([last.status, stepOf(last)]).toEqual([401, 'recovery-code']);
});

/** A session of one factor of somebody who has two by now. */
async function halfSession() {
  const { seed } = await enrol();
  await server.services.db.session.deleteMany({ where: { userId } });
  const authenticator = await server.services.db.authenticator.findUniqueOrThrow({
    where: { userId },
  });
  await removeSecondFactors(server.services, userId, SYSTEM);
  agent = createAgent(server.issuer);
  const { page, idTokenOf } = await begin();
  const claims = await idTokenOf(await typePassword(page));
  await server.services.db.authenticator.create({ data: authenticator });
  return { seed, claims };
}

test('a session of one factor steps up by the second alone; auth_time stays that of the password', async () => {
  const { seed, claims } = await halfSession();
  clock.advance(3600);

  const { page, idTokenOf } = await begin({ acr_values: AAL2 });
  expect(stepOf(page)).toBe('second-factor');
  expect(await idTokenOf(await typeCode(page, seed))).toMatchObject({
    acr: AAL2,
    amr: ['pwd', 'otp', 'mfa'],
    auth_time: claims['auth_time'],
    sub: userId,
  });

  const later = await begin({ acr_values: AAL2 });
  expect(await later.idTokenOf(later.page)).toMatchObject({ acr: AAL2 });
});

test('a password of more than half a day ago is asked for again when stepping up', async () => {
  const { seed } = await halfSession();
  clock.advance(12 * 3600 + 60);

  const { page, idTokenOf } = await begin({ acr_values: AAL2 });
  expect(stepOf(page)).toBe('login');
  const code = await typePassword(page);
  expect(stepOf(code)).toBe('second-factor');
  expect(await idTokenOf(await typeCode(code, seed))).toMatchObject({ acr: AAL2 });
});

test.each<[string, Parameters]>([
  ['prompt=login', { prompt: 'login' }],
  ['max_age=0', { max_age: '0' }],
])('%s asks for both factors again', async (_, parameters) => {
  const { seed } = await enrol();
  await new Promise((resolve) => setTimeout(resolve, 1100)); // the provider's clock is the machine's
  const { page, idTokenOf } = await begin(parameters);
  expect(stepOf(page)).toBe('login');
  const code = await typePassword(page);
  expect(stepOf(code)).toBe('second-factor');
  expect(await idTokenOf(await typeCode(code, seed))).toMatchObject({ acr: AAL2 });
});

test('an essential class that nobody can reach is refused before anything is asked', async () => {
  const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['urn:x'] } } });
  const { page } = await begin({ claims });
  expect(callbackOf(page).searchParams.get('error')).toBe('unmet_authentication_requirements');
});

test('an essential class is reached like a wished one, also by a pushed request', async () => {
  const claims = JSON.stringify({
    id_token: { acr: { essential: true, value: AAL2 }, email: null },
  });
  const { page } = await begin({ claims });
  expect(stepOf(await typePassword(page))).toBe('enrol-second-factor');

  agent = createAgent(server.issuer);
  const { url } = await authorizationRequest(party, { claims });
  const form = Object.fromEntries(url.searchParams);
  const pushed = await postForm(`${server.issuer}/par`, form);
  const query = new URLSearchParams({
    client_id: form['client_id'] ?? '',
    request_uri: String(pushed.json['request_uri']),
  });
  const login = await agent.browse(`/auth?${query.toString()}`);
  expect(stepOf(await typePassword(login))).toBe('enrol-second-factor');
});

test('a pushed request for nothing but claims about the person is an ordinary one', async () => {
  const { url } = await authorizationRequest(party, { claims: '{"userinfo":{"email":null}}' });
  const form = Object.fromEntries(url.searchParams);
  const pushed = await postForm(`${server.issuer}/par`, form);
  const query = new URLSearchParams({
    client_id: form['client_id'] ?? '',
    request_uri: String(pushed.json['request_uri']),
  });
  const page = await agent.browse(`/auth?${query.toString()}`);
  expect(callbackOf(await typePassword(page)).searchParams.has('code')).toBe(true);
});

test('a lower class that is essential is met by the higher', async () => {
  await enrol();
  const claims = JSON.stringify({ id_token: { acr: { essential: true, value: AAL1 } } });
  const { page, idTokenOf } = await begin({ claims });
  expect(await idTokenOf(page)).toMatchObject({ acr: AAL2 });
});

test('prompt=none does not step up', async () => {
  const first = await begin();
  await first.idTokenOf(await typePassword(first.page));
  const { page } = await begin({ prompt: 'none', acr_values: AAL2 });
  expect(callbackOf(page).searchParams.get('error')).toBe('login_required');
});

test('the claims parameter opens nothing that scopes do not', async () => {
  const claims = JSON.stringify({
    id_token: { email: { essential: true }, name: null },
    userinfo: { email: null },
  });
  const { page, idTokenOf } = await begin({ claims });
  const idToken = await idTokenOf(await typePassword(page));
  expect(Object.keys(idToken)).not.toContain('email');
  expect(Object.keys(idToken)).not.toContain('name');
});

test.each([
  '{"id_token":{"acr":7}}',
  '{"id_token":{"acr":{"essential":true,"values":"urn:x"}}}',
  '{"id_token":[]}',
  '[]',
  'acr',
])('a claims parameter of %s is refused', async (claims) => {
  const { page } = await begin({ claims });
  expect(callbackOf(page).searchParams.get('error')).toBe('invalid_request');
});
