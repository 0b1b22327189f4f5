// Attack 25: getting by with one factor where two are demanded, by asking for less than the application, the API or this
// server does.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { createApi, setApiLevel } from '../../src/authorization/apis/apis.ts';
import { createUser } from '../../src/identity/users/users.ts';
import { createAgent, locationOf, type Page } from '../support/agent.ts';
import { codeAt } from '../support/authenticator.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { postForm } from '../support/http.ts';
import {
  authorizationRequest,
  callbackOf,
  redeem,
  relyingParty,
} from '../support/relying-party.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';
import { refreshRequest } from '../support/victims.ts';

const AAL1 = 'http://idmanagement.gov/ns/assurance/aal/1';
const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';
const VAULT = 'urn:example:vault';
const SYSTEM = { type: 'system' } as const;
const PASSWORD = 'a long enough password';
const clock = clockAhead();

let server: TestServer;
let number = 0;
let person: { login: string; password: string };

beforeEach(async () => {
  person = { login: `person-${++number}`, password: PASSWORD };
  await createPerson(server, person);
});

const stepOf = ({ url }: Page) => url.split('/').at(-1);
const isGranted = (page: Page) => locationOf(page)?.includes('code=') ?? false;
const essential = (value: string) =>
  JSON.stringify({ id_token: { acr: { essential: true, value } } });

/** Ways to ask for one factor. */
const LESS: [string, Record<string, string>][] = [
  ['nothing', {}],
  ['acr_values', { acr_values: AAL1 }],
  ['both classes', { acr_values: `${AAL2} ${AAL1}` }],
  ['an essential class', { claims: essential(AAL1) }],
  ['a class nobody knows', { acr_values: 'urn:x' }],
];

async function begin(clientId: string, parameters: Record<string, string>, agent = newAgent()) {
  const party = await relyingParty(server.issuer, clientId);
  const request = await authorizationRequest(party, parameters);
  return { agent, party, request, page: await agent.browse(request.url.href) };
}

const newAgent = () => createAgent(server.issuer);

/** Where the password alone leads to. */
async function afterPassword(clientId: string, parameters: Record<string, string>) {
  const { agent, page } = await begin(clientId, parameters);
  return agent.submit(page, 'login-submit', { ...person });
}

describe('by itself', () => {
  beforeAll(async () => {
    server = await startServer({}, { clock });
    const permissions = [{ name: 'vault:open' }];
    await createApi(server.services, { identifier: VAULT, permissions, level: 2 }, SYSTEM);
  });

  afterAll(() => server.close());

  const opensVault = { allow: [{ api: VAULT, permissions: ['vault:open'] }], firstParty: true };

  test.each(LESS)('attack 25: who asks for less than the API demands (%s)', async (_, less) => {
    const { id } = await createTestClient(server, 'spa', opensVault);
    const page = await afterPassword(id, { scope: 'openid vault:open', ...less });
    expect(stepOf(page)).toBe('enrol-second-factor');
  });

  test.each([
    ['by name', { resource: VAULT, scope: 'openid vault:open' }],
    ['by name alone', { resource: VAULT, scope: 'openid' }],
  ])('attack 25: the API is meant %s', async (_, parameters) => {
    const { id } = await createTestClient(server, 'spa', opensVault);
    expect(stepOf(await afterPassword(id, parameters))).toBe('enrol-second-factor');
  });

  test('attack 25: pushed, a request for the API still needs two factors', async () => {
    const { id } = await createTestClient(server, 'spa', opensVault);
    const party = await relyingParty(server.issuer, id);
    const { url } = await authorizationRequest(party, {
      scope: 'openid vault:open',
      acr_values: AAL1,
    });
    const pushed = await postForm(`${server.issuer}/par`, Object.fromEntries(url.searchParams));
    const query = new URLSearchParams({
      client_id: id,
      request_uri: String(pushed.json['request_uri']),
      acr_values: AAL1,
    });
    const agent = newAgent();
    const page = await agent.browse(`/auth?${query.toString()}`);
    const next = await agent.submit(page, 'login-submit', { ...person });
    expect(stepOf(next)).toBe('enrol-second-factor');
  });

  test.each(LESS.slice(0, 4))(
    'attack 25: who asks for less than the application does by default (%s)',
    async (_, less) => {
      const client = { firstParty: true, defaultAcrValues: [AAL2] };
      const { id } = await createTestClient(server, 'spa', client);
      expect(stepOf(await afterPassword(id, less))).toBe('enrol-second-factor');
    },
  );

  test('attack 25: a session of one factor, and a consent given in it, open no API of two', async () => {
    const { id } = await createTestClient(server, 'spa', { ...opensVault, firstParty: false });
    await setApiLevel(server.services, { identifier: VAULT, level: 1 }, SYSTEM);
    const scope = 'openid offline_access vault:open';
    const first = await begin(id, { scope, prompt: 'consent' });
    const consent = await first.agent.submit(first.page, 'login-submit', { ...person });
    const last = await first.agent.submit(consent, 'consent-allow', {
      scope: consentValues(consent),
    });
    const tokens = await redeem(first.party, callbackOf(last), first.request);
    expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: VAULT, acr: AAL1 });

    await setApiLevel(server.services, { identifier: VAULT, level: 2 }, SYSTEM);
    const again = await begin(id, { scope: 'openid vault:open' }, first.agent);
    expect(stepOf(again.page)).toBe('enrol-second-factor');
    const silent = await begin(id, { scope: 'openid vault:open', prompt: 'none' }, first.agent);
    expect(callbackOf(silent.page).searchParams.get('error')).toBe('login_required');
    const refreshed = await refreshRequest(server, id, tokens.refresh_token ?? '');
    expect([refreshed.status, refreshed.json['error']]).toEqual([400, 'invalid_grant']);

    // Nothing was changed for what one factor is enough for.
    const elsewhere = await begin(id, { scope: 'openid' }, first.agent);
    expect(isGranted(elsewhere.page)).toBe(true);
  });

  test('two factors open the API, and its refresh tokens too', async () => {
    const { id } = await createTestClient(server, 'spa', opensVault);
    const scope = 'openid offline_access vault:open';
    const { agent, party, request, page } = await begin(id, { scope, prompt: 'consent' });
    const offered = await agent.submit(page, 'login-submit', { ...person });
    clock.advance(30);
    const seed = /id="key">([^<]+)</.exec(offered.body)?.[1] ?? '';
    const code = codeAt(seed, clock.now());
    const codes = await agent.submit(offered, 'enrol-submit', { code });
    const last = await agent.submit(codes, 'recovery-codes-continue');
    const tokens = await redeem(party, callbackOf(last), request);
    expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: VAULT, acr: AAL2 });
    const refreshed = await refreshRequest(server, id, tokens.refresh_token ?? '');
    expect(refreshed.status).toBe(200);
  });

  test('a service has nobody who could sign in, and gets its tokens', async () => {
    const { id, secret } = await createTestClient(server, 'service', {
      allow: [{ api: VAULT, permissions: ['vault:open'] }],
    });
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret };
    const basic = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    const { status } = await postForm(
      `${server.issuer}/token`,
      { grant_type: form.grant_type, scope: 'vault:open' },
      { authorization: basic },
    );
    expect(status).toBe(200);
  });
});

const consentValues = ({ body }: Page) =>
  [...body.matchAll(/name="scope"[^>]*value="([^"]*)"/g)].map(([, value = '']) => value);

describe('with SECOND_FACTOR=everyone', () => {
  beforeAll(async () => {
    server = await startServer({ SECOND_FACTOR: 'everyone' }, { clock });
  });

  afterAll(() => server.close());

  test.each(LESS)('attack 25: who asks for less than the policy demands (%s)', async (_, less) => {
    const { id } = await createTestClient(server, 'spa', { firstParty: true });
    expect(stepOf(await afterPassword(id, less))).toBe('enrol-second-factor');
  });
});

describe('with SECOND_FACTOR=administrators', () => {
  beforeAll(async () => {
    server = await startServer({ SECOND_FACTOR: 'administrators' }, { clock });
  });

  afterAll(() => server.close());

  test('attack 25: an administrator asks for less; others are not asked for more', async () => {
    const { id } = await createTestClient(server, 'spa', { firstParty: true });
    expect(isGranted(await afterPassword(id, {}))).toBe(true);

    const login = `administrator-${number}`;
    const admin = { login, password: PASSWORD, administrator: true };
    await createUser(server.services, admin, SYSTEM);
    person = { login, password: PASSWORD };
    expect(stepOf(await afterPassword(id, { acr_values: AAL1 }))).toBe('enrol-second-factor');
  });

  test('a session of before somebody became an administrator steps up', async () => {
    const { id } = await createTestClient(server, 'spa', { firstParty: true });
    const { agent, page } = await begin(id, {});
    expect(isGranted(await agent.submit(page, 'login-submit', { ...person }))).toBe(true);
    const { db } = server.services;
    await db.user.update({ where: { login: person.login }, data: { administrator: true } });
    const { page: next } = await begin(id, {}, agent);
    expect(stepOf(next)).toBe('enrol-second-factor');
  });
});
