// `prompt=select_account`: who can be chosen, what choosing leads to, and what it gives away to nobody.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { type Agent, createAgent, locationOf, type Page } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { get } from '../support/http.ts';
import {
  authorizationRequest,
  callbackOf,
  redeem,
  relyingParty,
} from '../support/relying-party.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const ALICE = { login: 'alice', password: 'a long enough password' };
const BOB = { login: 'bob', password: 'another long password' };

let server: TestServer;
let agent: Agent;
let party: Awaited<ReturnType<typeof relyingParty>>;
let alice: string;
let bob: string;

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' });
  ({ id: alice } = await createPerson(server, ALICE));
  ({ id: bob } = await createPerson(server, BOB));
});

afterAll(() => server.close());

beforeEach(async () => {
  agent = createAgent(server.issuer);
  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  party = await relyingParty(server.issuer, id);
});

const stepOf = ({ url }: Page) => new URL(url).pathname.split('/').at(-1);
const namesOn = ({ body }: Page) =>
  [...body.matchAll(/id="account-([\w-]+)"/g)].map(([, id]) => id);
const typedIn = ({ body }: Page) => /id="login"[^>]*\svalue="([^"]*)"/.exec(body)?.[1];

async function begin(parameters: Record<string, string> = {}, browser = agent) {
  const request = await authorizationRequest(party, parameters);
  const page = await browser.browse(request.url.href);
  return {
    page,
    subOf: async (last: Page) => {
      const { id_token = '' } = await redeem(party, callbackOf(last), request);
      return decodeJwt(id_token).sub;
    },
  };
}

const choose = (parameters: Record<string, string> = {}) =>
  begin({ prompt: 'select_account', ...parameters });

const typePassword = (page: Page, person: typeof ALICE) =>
  agent.submit(page, 'login-submit', { ...person });

/** Whoever was signed in before is signed out by a form that a browser sends by itself. */
async function ending(page: Page): Promise<Page> {
  return page.body.includes('form-post-continue') ? agent.submit(page, 'form-post-continue') : page;
}

async function signIn(person: typeof ALICE) {
  const { page, subOf } = await begin({ prompt: 'login' });
  return subOf(await ending(await typePassword(page, person)));
}

test('discovery names the prompt', async () => {
  const { json } = await get(`${server.issuer}/.well-known/openid-configuration`);
  expect(json['prompt_values_supported']).toEqual(
    expect.arrayContaining(['none', 'login', 'consent', 'select_account']),
  );
});

test('in a browser that knows nobody, it is an ordinary sign-in', async () => {
  const { page, subOf } = await choose();
  expect(stepOf(page)).toBe('login');
  expect(await subOf(await typePassword(page, ALICE))).toBe(alice);
});

test('who is signed in is chosen without a password, and others sign in', async () => {
  await signIn(ALICE);
  const { page, subOf } = await choose();
  expect(stepOf(page)).toBe('select-account');
  expect(namesOn(page)).toEqual([alice]);
  expect(await subOf(await agent.submit(page, `account-${alice}`))).toBe(alice);

  const again = await choose();
  const login = await agent.browse(again.page.url.replace('select-account', 'login'));
  expect(typedIn(login)).toBe('');
  expect(await again.subOf(await ending(await typePassword(login, BOB)))).toBe(bob);
});

test('who signed in before is offered with the username filled in, and needs the password', async () => {
  await signIn(ALICE);
  await signIn(BOB);
  const { page, subOf } = await choose();
  expect(namesOn(page)).toEqual([bob, alice]);
  const login = await agent.submit(page, `account-${alice}`);
  expect([stepOf(login), typedIn(login)]).toEqual(['login', 'alice']);
  expect(await subOf(await ending(await typePassword(login, ALICE)))).toBe(alice);
});

test('signing out keeps the list, and who is taken from it is gone', async () => {
  await signIn(ALICE);
  await signIn(BOB);
  await server.services.db.session.deleteMany();
  const { page } = await choose();
  expect(namesOn(page)).toEqual([bob, alice]);
  expect(page.body).not.toContain('badge good');
  const fewer = await agent.submit(page, `remove-${bob}`);
  expect(namesOn(fewer)).toEqual([alice]);
  const none = await agent.submit(fewer, `remove-${alice}`);
  expect(stepOf(none)).toBe('login');
});

test('the one that login_hint names comes first', async () => {
  await signIn(ALICE);
  await signIn(BOB);
  expect(namesOn((await choose({ login_hint: 'alice' })).page)).toEqual([alice, bob]);
  expect(namesOn((await choose({ login_hint: 'alice@example.com' })).page)).toEqual([alice, bob]);
  const { page } = await choose({ login_hint: 'carol' });
  const login = await agent.browse(page.url.replace('select-account', 'login'));
  expect(typedIn(login)).toBe('carol');
});

test.each([
  ['login select_account', 'login'],
  ['select_account login', 'login'],
])('%s: the password is asked for of the one chosen, too', async (prompt) => {
  await signIn(ALICE);
  const { page, subOf } = await choose({ prompt });
  const login = await agent.submit(page, `account-${alice}`);
  expect(stepOf(login)).toBe('login');
  expect(await subOf(await typePassword(login, ALICE))).toBe(alice);
});

test('max_age asks the one chosen for the password', async () => {
  await signIn(ALICE);
  await new Promise((resolve) => setTimeout(resolve, 1100)); // the provider's clock is the machine's
  const { page } = await choose({ max_age: '0' });
  expect(stepOf(await agent.submit(page, `account-${alice}`))).toBe('login');
});

test('acr_values asks the one chosen for what is missing', async () => {
  await signIn(ALICE);
  const acr_values = 'http://idmanagement.gov/ns/assurance/aal/2';
  const { page } = await choose({ acr_values });
  expect(stepOf(await agent.submit(page, `account-${alice}`))).toBe('enrol-second-factor');
});

test('select_account consent asks both, whoever is chosen', async () => {
  const { id } = await createTestClient(server, 'spa');
  party = await relyingParty(server.issuer, id);
  const prompt = 'select_account consent';
  const first = await begin({ prompt });
  const asked = await typePassword(first.page, ALICE);
  expect(stepOf(asked)).toBe('consent');
  expect(await first.subOf(await agent.submit(asked, 'consent-allow'))).toBe(alice);

  const { page, subOf } = await begin({ prompt });
  const consent = await agent.submit(page, `account-${alice}`);
  expect(stepOf(consent)).toBe('consent');
  expect(await subOf(await agent.submit(consent, 'consent-allow'))).toBe(alice);
});

test('who refuses to choose goes back with access_denied', async () => {
  await signIn(ALICE);
  const { page } = await choose();
  const callback = callbackOf(await agent.submit(page, 'select-account-cancel'));
  expect(callback.searchParams.get('error')).toBe('access_denied');
});

test('a disabled person is not on the list', async () => {
  const carol = { login: `carol-${Date.now()}`, password: 'yet another password' };
  const { id } = await createPerson(server, carol);
  await signIn(carol);
  await server.services.db.user.update({ where: { id }, data: { disabledAt: new Date() } });
  expect(stepOf((await choose()).page)).toBe('login');
});

test('attack 24: the choice cannot be skipped, nor made for somebody who is not signed in', async () => {
  await signIn(ALICE);
  await signIn(BOB);
  const { page } = await choose();
  const uid = /interaction\/([^/]+)/.exec(page.url)?.[1] ?? '';
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  for (const step of ['consent', 'second-factor', 'enrol-second-factor', 'recovery-codes'])
    expect(locationOf(await agent.open(`/interaction/${uid}/${step}`))).toBe(page.url);
  const before = await agent.browse(`/auth/${uid}`);
  expect(stepOf(before)).toBe('select-account');

  const { page: next } = await choose();
  const path = new URL(next.url).pathname;
  const chosen = await agent.browse(path, { csrf, account: alice });
  expect(stepOf(chosen)).toBe('login');
  expect((await agent.open(path, { account: bob })).status).toBe(403);
  expect((await agent.open(path, { csrf, account: 'bob' })).status).toBe(400);
});

test('attack 27: a list made up, or one of another server, names nobody', async () => {
  await signIn(ALICE);
  const known = agent.cookies.find(({ name }) => name === 'latchkey_accounts');
  expect(known?.value).not.toContain(alice);

  const made = [
    JSON.stringify([bob]),
    Buffer.from(JSON.stringify([bob])).toString('base64url'),
    `${known?.value.slice(0, -2)}AA`,
    'v1.',
    'x'.repeat(3000),
  ];
  for (const value of made) {
    const mallory = createAgent(server.issuer);
    mallory.cookies.push({ name: 'latchkey_accounts', value, path: '/' });
    const { page } = await begin({ prompt: 'select_account' }, mallory);
    expect([page.status, stepOf(page)]).toEqual([200, 'login']);
    const named = await mallory.browse(`${new URL(page.url).pathname}?account=${bob}`);
    expect(typedIn(named)).toBe('');
  }
});

test('from the code on, somebody else can sign in instead', async () => {
  const acr_values = 'http://idmanagement.gov/ns/assurance/aal/2';
  const { page } = await begin({ acr_values });
  const enrolment = await typePassword(page, ALICE);
  expect(stepOf(enrolment)).toBe('enrol-second-factor');
  const login = await agent.submit(enrolment, 'switch-account');
  expect([stepOf(login), typedIn(login)]).toEqual(['login', '']);
  const other = await typePassword(login, BOB);
  expect(stepOf(other)).toBe('enrol-second-factor');
  expect(other.body).toContain('bob');
});
