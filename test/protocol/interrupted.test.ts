// Attack 24, as people do it themselves: the Back button, a second tab, an hour's pause, lost cookies, a button pressed
// twice. In every step there is a page that says what happened and leads on.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { addAuthenticator, offeredSeed } from '../../src/identity/second-factors/enrolment.ts';
import { type Agent, createAgent, formOf, locationOf, type Page } from '../support/agent.ts';
import { codeAt } from '../support/authenticator.ts';
import { createTestClient } from '../support/clients.ts';
import { authorizationRequest, callbackOf, relyingParty } from '../support/relying-party.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const FACTS = { requestId: 'test', address: '203.0.113.7' };
const PASSWORD = 'a long enough password';
const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';

let server: TestServer;
let number = 0;
let agent: Agent;
let clientId: string;
/** Has a second factor. */
let alice: { id: string; login: string; seed: string; recoveryCodes: string[] };
let bob: string;

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' });
});

afterAll(() => server.close());

beforeEach(async () => {
  agent = createAgent(server.issuer);
  ({ id: clientId } = await createTestClient(server, 'spa', {
    name: 'Acme Notes',
    initiateLoginUri: 'https://notes.example/login?from=latchkey',
  }));
  const login = `alice-${++number}`;
  const { id } = await createPerson(server, { login, password: PASSWORD });
  const offer = { userId: id, occasion: login };
  const seed = offeredSeed(server.services, offer);
  // That of the step before: the present one is left for the sign-in.
  const code = codeAt(seed, new Date(Date.now() - 30_000));
  const recoveryCodes = await addAuthenticator(server.services, { ...offer, code }, FACTS);
  alice = { id, login, seed, recoveryCodes };
  bob = `bob-${number}`;
  await createPerson(server, { login: bob, password: PASSWORD });
});

const stepOf = ({ url }: Page) => url.split('/').at(-1);
const uidOf = ({ url }: Page) => /interaction\/([^/]+)/.exec(url)?.[1] ?? '';
const code = () => codeAt(alice.seed, new Date());

async function begin(parameters: Record<string, string> = {}): Promise<Page> {
  const party = await relyingParty(server.issuer, clientId);
  return agent.browse((await authorizationRequest(party, parameters)).url.href);
}

const typePassword = (page: Page, login: string) =>
  agent.submit(page, 'login-submit', { login, password: PASSWORD });

const atLogin = () => begin();
const atCode = async () => typePassword(await begin(), alice.login);
const atEnrolment = async () => typePassword(await begin({ acr_values: AAL2 }), bob);
const atConsent = async () => typePassword(await begin(), bob);

/** Every page of a sign-in, with the button that sends its form. */
const STEPS: [string, () => Promise<Page>, string][] = [
  ['login', atLogin, 'login-submit'],
  ['second-factor', atCode, 'second-factor-submit'],
  [
    'recovery-code',
    async () => agent.browse((await atCode()).url.replace('second-factor', 'recovery-code')),
    'recovery-code-submit',
  ],
  ['enrol-second-factor', atEnrolment, 'enrol-submit'],
  [
    'recovery-codes',
    async () => {
      const page = await atEnrolment();
      const key = /id="key">([^<]+)</.exec(page.body)?.[1] ?? '';
      return agent.submit(page, 'enrol-submit', { code: codeAt(key, new Date()) });
    },
    'recovery-codes-continue',
  ],
  ['consent', atConsent, 'consent-allow'],
  [
    'select-account',
    async () => {
      await agent.submit(await atConsent(), 'consent-allow');
      return begin({ prompt: 'select_account' });
    },
    'select-account-cancel',
  ],
];

function expectInterrupted(page: Page, title: string, link = 'Start again with Acme Notes'): void {
  expect(page.status).toBe(404);
  expect(page.body).toContain(`<h1>${title}</h1>`);
  expect(page.body).toContain(link);
  const iss = encodeURIComponent(server.issuer);
  expect(page.body).toContain(`https://notes.example/login?from=latchkey&#38;iss=${iss}`);
}

const loseCookies = (named: RegExp) => {
  const kept = agent.cookies.filter(({ name }) => !named.test(name));
  agent.cookies.splice(0, agent.cookies.length, ...kept);
};

describe.each(STEPS)('at %s', (step, reach, button) => {
  let page: Page;

  beforeEach(async () => {
    page = await reach();
    if (stepOf(page) !== step) throw new Error(`not at ${step}: ${page.url}`);
  });

  test("attack 24: an hour's pause", async () => {
    await server.services.db.protocolState.updateMany({
      where: { model: 'Interaction' },
      data: { expiresAt: new Date(Date.now() - 60_000) },
    });
    expectInterrupted(await agent.browse(page.url), 'This sign-in took too long');
    expectInterrupted(await agent.submit(page, button), 'This sign-in took too long');

    await server.services.db.protocolState.deleteMany({ where: { model: 'Interaction' } });
    const { status, body } = await agent.browse(page.url);
    expect(status).toBe(404);
    expect(body).toContain('Acme Notes');
  });

  test('attack 24: a lost cookie', async () => {
    loseCookies(/interaction/);
    const title = 'This sign-in can’t go on in this browser';
    expectInterrupted(await agent.browse(page.url), title);
    expectInterrupted(await agent.submit(page, button), title);
  });

  test('attack 24: all cookies lost', async () => {
    loseCookies(/./);
    const last = await agent.browse(page.url);
    expectInterrupted(last, 'This sign-in can’t go on in this browser');
    for (const name of [alice.login, bob]) expect(last.body).not.toContain(name);
    expect((await agent.submit(page, button)).status).toBe(403);
  });

  test('attack 24: a second tab and a reload show the same page', async () => {
    expect((await agent.browse(page.url)).url).toBe(page.url);
    const due = await agent.browse(`/interaction/${uidOf(page)}`);
    expect(stepOf(due)).toBe(step === 'recovery-code' ? 'second-factor' : step);
  });
});

test('attack 24: the Back button after the end', async () => {
  const page = await atConsent();
  const last = await agent.submit(page, 'consent-allow');
  expect(callbackOf(last).searchParams.has('code')).toBe(true);
  const back = await agent.browse(page.url);
  expectInterrupted(back, 'You are signed in', 'Go to Acme Notes');
  expect(back.body).toContain('id="to-account"');
  expect((await agent.submit(page, 'consent-allow')).body).toContain('You are signed in');
  // What answered the application answers it no second time.
  const again = await agent.browse(`/auth/${uidOf(page)}`);
  expectInterrupted(again, 'You are signed in', 'Go to Acme Notes');
});

test('attack 24: the Back button after a refusal', async () => {
  const page = await atLogin();
  await agent.submit(page, 'login-cancel');
  expectInterrupted(await agent.browse(page.url), 'This sign\u2011in has ended');
});

test('attack 24: signed out in another tab half-way', async () => {
  await agent.submit(await atConsent(), 'consent-allow');
  ({ id: clientId } = await createTestClient(server, 'spa', {
    name: 'Acme Notes',
    initiateLoginUri: 'https://notes.example/login?from=latchkey',
  }));
  const page = await begin();
  expect(stepOf(page)).toBe('consent');
  await server.services.db.session.deleteMany();
  expectInterrupted(
    await agent.submit(page, 'consent-allow'),
    'This sign-in can’t go on in this browser',
  );
});

test('a sign-in that never was leads to the start, and tells programs in JSON', async () => {
  const page = await agent.browse('/interaction/never-was-one/login');
  expect(page.status).toBe(404);
  expect(page.body).toContain('This sign\u2011in has ended');
  expect(page.body).toContain('id="to-start"');
  const json = await agent.open('/interaction/never-was-one/login', undefined, {
    accept: 'application/json',
  });
  expect(JSON.parse(json.body)).toMatchObject({ error: 'interaction_not_found' });
});

test('who came for their own account is led there, and an application that says nothing is named alone', async () => {
  const page = await agent.browse('/account/profile');
  await server.services.db.protocolState.deleteMany({ where: { model: 'Interaction' } });
  expect((await agent.browse(page.url)).body).toContain('id="start-again" href="/account"');

  ({ id: clientId } = await createTestClient(server, 'spa', { name: 'Silent' }));
  const silent = await begin();
  await server.services.db.protocolState.deleteMany({ where: { model: 'Interaction' } });
  const { body } = await agent.browse(silent.url);
  expect(body).not.toContain('start-again');
  expect(body).toContain('Go back to the application');
});

test('attack 35: neither the address nor the cookie brings anything onto the page', async () => {
  for (const value of [`${'x'.repeat(20)}.<b>`, '~~~~', `never-was-one.${'y'.repeat(3000)}`]) {
    agent.cookies.splice(0, agent.cookies.length, {
      name: 'latchkey_sign_ins',
      value,
      path: '/interaction',
    });
    const page = await agent.browse('/interaction/never-was-one/login');
    expect([page.status, page.body.includes('<b>')]).toEqual([404, false]);
  }
  const odd = await agent.browse('/interaction/%3Cb%3E/login');
  expect([odd.status < 500, odd.body.includes('<b>')]).toEqual([true, false]);
});

/** The form sent twice at once, as a button pressed twice sends it. */
async function pressTwice(page: Page, button: string, fields: Record<string, string>) {
  const form = formOf(page.body, button);
  const send = () => agent.open(form.action, { ...form.fields, ...fields });
  return Promise.all([send(), send()]);
}

test.each<[string, () => Promise<Page>, string, () => Record<string, string>]>([
  ['a password', atLogin, 'login-submit', () => ({ login: bob, password: PASSWORD })],
  ['a code', atCode, 'second-factor-submit', () => ({ code: code() })],
  [
    'a recovery code',
    async () => agent.browse((await atCode()).url.replace('second-factor', 'recovery-code')),
    'recovery-code-submit',
    () => ({ code: alice.recoveryCodes[0] ?? '' }),
  ],
  ['an answer', atConsent, 'consent-allow', () => ({})],
])('attack 24: %s sent twice at once leads on both times', async (_, reach, button, fields) => {
  const answers = await pressTwice(await reach(), button, fields());
  expect(answers.map(({ status }) => status)).toEqual([303, 303]);
  const last = await agent.browse(locationOf(answers[1]) ?? '');
  const next = last.body.includes('consent-allow')
    ? await agent.submit(last, 'consent-allow')
    : last;
  expect(callbackOf(next).searchParams.has('code')).toBe(true);
});

test('attack 24: a step that is finished leads on, whichever page is opened', async () => {
  const page = await atConsent();
  const { action, fields } = formOf(page.body, 'consent-allow');
  const answer = await agent.open(action, fields);
  const resume = locationOf(answer);
  for (const step of ['', '/login', '/consent', '/second-factor', '/select-account'])
    expect(locationOf(await agent.open(`/interaction/${uidOf(page)}${step}`))).toBe(resume);
});

test('a wrong code is still told as one', async () => {
  const page = await atCode();
  const again = await agent.submit(page, 'second-factor-submit', { code: '000000' });
  expect([again.status, stepOf(again)]).toEqual([401, 'second-factor']);
});
