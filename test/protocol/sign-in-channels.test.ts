// What is demanded of a sign-in holds by whichever channel it was asked for: a device, or a pushed request.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import { createApi } from '../../src/authorization/apis/apis.ts';
import { addAuthenticator, offeredSeed } from '../../src/identity/second-factors/enrolment.ts';
import { scheduleDeletion } from '../../src/identity/users/account-deletion.ts';
import { createAgent, type Page } from '../support/agent.ts';
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
import { answerOf, choosePassword, stepOf } from '../support/required-actions.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';
const VAULT = 'urn:example:vault';
const PASSWORD = 'correct horse battery staple';
const SYSTEM = { type: 'system' } as const;
const FACTS = { requestId: 'test', address: '203.0.113.7' };
const clock = clockAhead();

let server: TestServer;
let count = 0;
let person: { login: string; password: string };
let userId: string;

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' }, { clock });
  const permissions = [{ name: 'vault:open', description: 'Open the vault' }];
  await createApi(
    server.services,
    { identifier: VAULT, name: 'Vault', permissions, level: 2 },
    SYSTEM,
  );
});

afterAll(() => server.close());

beforeEach(async () => {
  person = { login: `person-${(count += 1)}`, password: PASSWORD };
  ({ id: userId } = await createPerson(server, person));
});

async function setUpApp(): Promise<string> {
  const offer = { userId, occasion: userId };
  const seed = offeredSeed(server.services, offer);
  await addAuthenticator(server.services, { ...offer, code: codeAt(seed, clock.now()) }, FACTS);
  return seed;
}

function nextCode(seed: string): string {
  clock.advance(30);
  return codeAt(seed, clock.now());
}

/** A device that asks, and a person who has typed its code in a browser. */
async function atDevice(scope = 'openid') {
  const allow = [{ api: VAULT, permissions: ['vault:open'] }];
  const { id } = await createTestClient(server, 'device', { firstParty: true, allow });
  const { json } = await postForm(`${server.issuer}/device_authorization`, {
    client_id: id,
    scope,
  });
  const { user_code = '', device_code = '' } = json;
  const agent = createAgent(server.issuer);
  const start = await agent.browse('/device');
  const confirm = await agent.submit(start, 'device-continue', { user_code });
  const page = await agent.submit(confirm, 'device-confirm');
  const token = (form: Record<string, string>) =>
    postForm(`${server.issuer}/token`, { client_id: id, ...form });
  return {
    agent,
    page,
    poll: () => token({ grant_type: DEVICE_GRANT, device_code }),
    refresh: (refresh_token = '') => token({ grant_type: 'refresh_token', refresh_token }),
    typePassword: (at: Page = page) => agent.submit(at, 'login-submit', { ...person }),
  };
}

test('the level of an API is asked of whoever lets a device in', async () => {
  const seed = await setUpApp();
  const { agent, page, poll, typePassword } = await atDevice('openid vault:open');
  expect(page.body).not.toContain('id="mail-code"');
  const asked = await typePassword();
  expect(stepOf(asked)).toBe('second-factor');
  await agent.submit(asked, 'second-factor-submit', { code: nextCode(seed) });

  const { status, json } = await poll();
  expect([status, decodeJwt(json['id_token'] ?? '')['acr']]).toEqual([200, AAL2]);
});

test('who has one factor sets up another before a device is let in, or lets go', async () => {
  const { agent, poll, typePassword } = await atDevice('openid vault:open');
  const asked = await typePassword();
  expect(stepOf(asked)).toBe('enrol-second-factor');
  expect((await poll()).json['error']).toBe('authorization_pending');

  await agent.submit(asked, 'enrol-cancel');
  expect((await poll()).json['error']).toBe('access_denied');
});

test('what is required of a person is required on the way to a device', async () => {
  const data = { passwordChangeRequiredAt: clock.now() };
  await server.services.db.user.update({ where: { id: userId }, data });
  const { agent, poll, typePassword } = await atDevice();
  const change = await typePassword();
  expect(stepOf(change)).toBe('change-password');
  expect((await poll()).json['error']).toBe('authorization_pending');

  await choosePassword(agent, change);
  expect((await poll()).status).toBe(200);
});

test('who is about to leave lets no device in before they stay', async () => {
  await scheduleDeletion(server.services, userId, SYSTEM);
  const { agent, poll, typePassword } = await atDevice();
  const asked = await typePassword();
  expect(stepOf(asked)).toBe('keep-account');
  expect((await poll()).json['error']).toBe('authorization_pending');

  await agent.submit(asked, 'keep-account');
  expect((await poll()).status).toBe(200);
});

test('attack 20: who leaves takes back what their devices were given, or were about to be', async () => {
  const waiting = await atDevice();
  await waiting.typePassword();
  const running = await atDevice();
  await running.typePassword();
  const { json } = await running.poll();
  expect((await running.refresh(json['refresh_token'])).status).toBe(200);

  await scheduleDeletion(server.services, userId, SYSTEM);

  expect((await waiting.poll()).status).toBe(400);
  expect((await running.refresh(json['refresh_token'])).json['error']).toBe('invalid_grant');
});

test('what a pushed request demands is demanded', async () => {
  const seed = await setUpApp();
  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  const party = await relyingParty(server.issuer, id);
  const agent = createAgent(server.issuer);
  const push = async (parameters: Record<string, string>) => {
    const request = await authorizationRequest(party, parameters);
    const { client_id: _, ...pushed } = Object.fromEntries(request.url.searchParams);
    const url = await oidc.buildAuthorizationUrlWithPAR(party, pushed);
    return { request, page: await agent.browse(url.href) };
  };

  const { request, page } = await push({ acr_values: AAL2, prompt: 'select_account' });
  expect(page.body).not.toContain('id="mail-code"');
  const asked = await agent.submit(page, 'login-submit', { ...person });
  const last = await agent.submit(asked, 'second-factor-submit', { code: nextCode(seed) });
  const tokens = await redeem(party, callbackOf(last), request);
  expect(tokens.claims()).toMatchObject({ sub: userId, acr: AAL2 });

  await server.services.db.session.deleteMany({ where: { userId } });
  expect(answerOf((await push({ prompt: 'none' })).page)).toBe('login_required');
  expect(stepOf((await push({ prompt: 'select_account' })).page)).toBe('select-account');
  expect(stepOf((await push({ prompt: 'create' })).page)).toBe('create');
});
