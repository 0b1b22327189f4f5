// Attacks on the second factor: skipping it (24), guessing it, replaying it, and getting one of one's own (25).
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { addAuthenticator, offeredSeed } from '../../src/identity/second-factors/enrolment.ts';
import { type Agent, createAgent, formOf, locationOf, type Page } from '../support/agent.ts';
import { codeAt, wrongCodeAt } from '../support/authenticator.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const AAL1 = 'http://idmanagement.gov/ns/assurance/aal/1';
const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';
const PASSWORD = 'a long enough password';
const FACTS = { requestId: 'test', address: '203.0.113.7' };
const clock = clockAhead();

let server: TestServer;
let number = 0;
/** Has a second factor. */
let alice: { login: string; seed: string; recoveryCodes: string[] };
let clientId: string;

beforeAll(async () => {
  server = await startServer({}, { clock });
});

afterAll(() => server.close());

beforeEach(async () => {
  const login = `alice-${++number}`;
  const { id } = await createPerson(server, { login, password: PASSWORD });
  const offer = { userId: id, occasion: login };
  const seed = offeredSeed(server.services, offer);
  const code = codeAt(seed, clock.now());
  const recoveryCodes = await addAuthenticator(server.services, { ...offer, code }, FACTS);
  alice = { login, seed, recoveryCodes };
  clock.advance(30);
  ({ id: clientId } = await createTestClient(server, 'spa', { firstParty: true }));
});

const code = () => codeAt(alice.seed, clock.now());
const stepOf = ({ url }: Page) => url.split('/').at(-1);
const isGranted = (page: Page) => locationOf(page)?.includes('code=') ?? false;

async function begin(agent: Agent, parameters: Record<string, string> = {}): Promise<Page> {
  const party = await relyingParty(server.issuer, clientId);
  return agent.browse((await authorizationRequest(party, parameters)).url.href);
}

async function typePassword(agent: Agent, login = alice.login, parameters = {}) {
  const page = await begin(agent, parameters);
  return agent.submit(page, 'login-submit', { login, password: PASSWORD });
}

/** A browser whose person has typed the password and not the code. */
async function halfWay(agent = createAgent(server.issuer)) {
  const page = await typePassword(agent);
  expect(stepOf(page)).toBe('second-factor');
  const uid = /interaction\/([^/]+)/.exec(page.url)?.[1] ?? '';
  const csrf = String(formOf(page.body, 'second-factor-submit').fields['csrf']);
  return { agent, page, uid, csrf };
}

test('attack 24: after the password alone, every other step leads to the code', async () => {
  const { agent, uid, csrf } = await halfWay();
  const due = `${server.issuer}/interaction/${uid}/second-factor`;
  for (const step of [
    '',
    '/login',
    '/consent',
    '/enrol-second-factor',
    '/qr-code',
    '/recovery-codes',
  ])
    expect(locationOf(await agent.open(`/interaction/${uid}${step}`))).toBe(due);
  for (const step of ['login', 'consent', 'enrol-second-factor', 'recovery-codes']) {
    const form = { csrf, decision: 'allow', code: code(), login: alice.login, password: PASSWORD };
    expect(locationOf(await agent.open(`/interaction/${uid}/${step}`, form))).toBe(due);
  }
});

test('attack 24: resuming after the password alone makes no session and gives no code', async () => {
  const { agent, uid } = await halfWay();
  const before = await server.services.db.session.count();
  const resumed = await agent.browse(`/auth/${uid}`);

  expect([isGranted(resumed), stepOf(resumed)]).toEqual([false, 'login']);
  expect(await server.services.db.session.count()).toBe(before);
  expect(stepOf(await begin(agent))).toBe('login');
});

test('attack 24: before the password, the pages of the second factor lead to it', async () => {
  const agent = createAgent(server.issuer);
  const page = await begin(agent, { acr_values: AAL2 });
  const uid = /interaction\/([^/]+)/.exec(page.url)?.[1] ?? '';
  const { csrf } = formOf(page.body, 'login-submit').fields;
  for (const step of ['second-factor', 'recovery-code', 'enrol-second-factor', 'recovery-codes']) {
    const url = `/interaction/${uid}/${step}`;
    const answers = [
      await agent.open(url),
      await agent.open(url, { csrf: csrf ?? '', code: code() }),
    ];
    expect(answers.map(locationOf)).toEqual(Array(2).fill(page.url));
  }
});

test('attack 24: the back button after the end, and a second tab half-way', async () => {
  const { agent, page } = await halfWay();
  const tab = await halfWay(agent);
  expect(isGranted(await agent.submit(page, 'second-factor-submit', { code: code() }))).toBe(true);

  const form = formOf(page.body, 'second-factor-submit');
  clock.advance(30);
  const again = await agent.open(form.action, { ...form.fields, code: code() });
  expect([again.status, locationOf(again)]).toEqual([404, undefined]);
  // The other tab's request goes on by itself.
  const other = await agent.open(tab.page.url);
  expect([200, 404]).toContain(other.status);
});

test('attack 24: half a sign-in does not go on in another browser', async () => {
  const { agent, page } = await halfWay();
  const mallory = createAgent(server.issuer);
  mallory.cookies.push(...agent.cookies.filter(({ name }) => !name.includes('csrf')));

  expect((await mallory.open(page.url)).status).toBe(404);
  const own = await begin(mallory);
  const { csrf } = formOf(own.body, 'login-submit').fields;
  const taken = await mallory.open(page.url, { csrf: csrf ?? '', code: code() });
  expect([taken.status, isGranted(taken)]).toEqual([404, false]);
});

test('attack 25: wrong codes count over both pages, requests and browsers, and then right ones are refused', async () => {
  const wrong = { code: wrongCodeAt(alice.seed, clock.now()) };
  for (let i = 0; i < 5; i++) {
    const { agent, page, uid, csrf } = await halfWay();
    expect((await agent.submit(page, 'second-factor-submit', wrong)).status).toBe(401);
    const url = `/interaction/${uid}/recovery-code`;
    expect((await agent.open(url, { csrf, code: 'aaaa-aaaa-aaaa-aaaa' })).status).toBe(401);
  }

  const { agent, page, uid, csrf } = await halfWay();
  const byApp = await agent.submit(page, 'second-factor-submit', { code: code() });
  const recovery = { csrf, code: alice.recoveryCodes[0] ?? '' };
  const byRecovery = await agent.open(`/interaction/${uid}/recovery-code`, recovery);
  expect([byApp.status, byRecovery.status]).toEqual([429, 429]);
  expect(Number(byApp.headers.get('retry-after'))).toBeGreaterThan(600);
});

test('attack 25: a code that somebody looked over the shoulder for gives one of two browsers a session', async () => {
  const [mine, theirs] = [await halfWay(), await halfWay()];
  const answers = await Promise.all(
    [mine, theirs].map(({ agent, page }) =>
      agent.submit(page, 'second-factor-submit', { code: code() }),
    ),
  );
  expect(answers.filter(isGranted)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(1);
});

test('attack 25: one recovery code gives one of two browsers a session', async () => {
  const both = [await halfWay(), await halfWay()];
  const answers = await Promise.all(
    both.map(({ agent, uid, csrf }) =>
      agent.browse(`/interaction/${uid}/recovery-code`, {
        csrf,
        code: alice.recoveryCodes[0] ?? '',
      }),
    ),
  );
  expect(answers.filter(isGranted)).toHaveLength(1);
});

test.each([
  ['no class', {}],
  ['the lower class', { acr_values: AAL1 }],
  ['an unknown class', { acr_values: 'urn:none' }],
  ['the lower class as essential', { claims: essential(AAL1) }],
])('attack 25: asking for %s spares nobody the second factor', async (_, parameters) => {
  const page = await typePassword(createAgent(server.issuer), alice.login, parameters);
  expect(stepOf(page)).toBe('second-factor');
});

test('attack 25: the level asked for cannot be changed on the way', async () => {
  const bob = `bob-${number}`;
  await createPerson(server, { login: bob, password: PASSWORD });
  const agent = createAgent(server.issuer);
  const page = await typePassword(agent, bob, { acr_values: AAL2 });
  expect(stepOf(page)).toBe('enrol-second-factor');
  const uid = /interaction\/([^/]+)/.exec(page.url)?.[1] ?? '';

  const query = new URLSearchParams({ acr_values: AAL1 }).toString();
  const resumed = await agent.browse(`/auth/${uid}?${query}`);
  expect([isGranted(resumed), stepOf(resumed)]).toEqual([false, 'login']);
  const again = await agent.submit(resumed, 'login-submit', { login: bob, password: PASSWORD });
  expect(stepOf(again)).toBe('enrol-second-factor');
});

test('attack 25: whoever finds an open session sets up no second factor of his own', async () => {
  const bob = `bob-${number}`;
  await createPerson(server, { login: bob, password: PASSWORD });
  const agent = createAgent(server.issuer);
  expect(isGranted(await typePassword(agent, bob))).toBe(true);
  const fresh = await begin(agent, { acr_values: AAL2 });
  expect(stepOf(fresh)).toBe('enrol-second-factor');

  clock.advance(11 * 60);
  const left = await agent.open(fresh.url);
  expect(locationOf(left)).toBe(fresh.url.replace('enrol-second-factor', 'login'));
  const later = await begin(agent, { acr_values: AAL2 });
  expect(stepOf(later)).toBe('login');
  const form = formOf(fresh.body, 'enrol-submit');
  await agent.open(form.action, { ...form.fields, code: '000000' });
  expect(await server.services.db.authenticator.count({ where: { user: { login: bob } } })).toBe(0);
});

test('attack 25: what one person proved does not count for another', async () => {
  const mallory = `mallory-${number}`;
  await createPerson(server, { login: mallory, password: PASSWORD });
  const agent = createAgent(server.issuer);
  expect(isGranted(await typePassword(agent, mallory))).toBe(true);
  clock.advance(11 * 60);

  // Mallory's session asks for more, and Alice's password is typed there.
  const page = await begin(agent, { acr_values: AAL2 });
  const asked = await agent.submit(page, 'login-submit', {
    login: alice.login,
    password: PASSWORD,
  });
  expect(stepOf(asked)).toBe('second-factor');
  const enrolled = await server.services.db.user.count({ where: { authenticator: {} } });
  expect(await agent.submit(asked, 'second-factor-submit', { code: '000000' })).toMatchObject({
    status: 401,
  });
  expect(await server.services.db.user.count({ where: { authenticator: {} } })).toBe(enrolled);
});

test('attack 25: odd codes are refused, never an error of ours', async () => {
  const { agent, uid, csrf } = await halfWay();
  const url = `/interaction/${uid}/second-factor`;
  const odd = ['', ' ', '1'.repeat(64), '٠١٢٣٤٥', 'e10', '-1', '%', "' OR ''='"];
  for (const one of odd.slice(0, 8))
    expect((await agent.open(url, { csrf, code: one })).status).toBe(401);
  expect((await agent.open(url, { csrf, code: '1'.repeat(65) })).status).toBe(400);
  expect((await agent.open(url, { csrf, code: ['1', '2'] })).status).toBe(400);
  expect((await agent.open(url, { code: code() })).status).toBe(403);
});

test('attack 25: a person who was disabled half-way does not come in', async () => {
  const { agent, page } = await halfWay();
  await server.services.db.user.update({
    where: { login: alice.login },
    data: { disabledAt: new Date() },
  });
  const last = await agent.submit(page, 'second-factor-submit', { code: code() });
  expect(isGranted(last)).toBe(false);
  expect(last.status).toBe(403);
  expect(await server.services.db.session.count({ where: { user: { login: alice.login } } })).toBe(
    0,
  );
});

test('attack 25: a person who was deleted half-way sets nothing up', async () => {
  const bob = `bob-${number}`;
  await createPerson(server, { login: bob, password: PASSWORD });
  const agent = createAgent(server.issuer);
  const page = await typePassword(agent, bob, { acr_values: AAL2 });
  const key = /id="key">([^<]+)</.exec(page.body)?.[1] ?? '';
  await server.services.db.user.delete({ where: { login: bob } });

  const last = await agent.submit(page, 'enrol-submit', { code: codeAt(key, clock.now()) });
  expect([last.status, isGranted(last)]).toEqual([404, false]);
});

test('attack 25: a session whose person was disabled leads to the password', async () => {
  const bob = `bob-${number}`;
  await createPerson(server, { login: bob, password: PASSWORD });
  const agent = createAgent(server.issuer);
  expect(isGranted(await typePassword(agent, bob))).toBe(true);
  await server.services.db.user.update({
    where: { login: bob },
    data: { disabledAt: new Date() },
  });
  const page = await begin(agent);
  expect([page.status, stepOf(page)]).toEqual([200, 'login']);
});

function essential(value: string): string {
  return JSON.stringify({ id_token: { acr: { essential: true, value } } });
}
