// Attacks on what is required at a sign-in: leaving it out (24), and outrunning a password that was just reset (21).
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { setPassword } from '../../src/identity/users/users.ts';
import { type Agent, createAgent, formOf, locationOf, type Page } from '../support/agent.ts';
import { codeAt } from '../support/authenticator.ts';
import { createTestClient } from '../support/clients.ts';
import { meanwhile } from '../support/meanwhile.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import {
  ALL_REQUIRED,
  begin,
  choosePassword,
  isGranted,
  mailedCode,
  NEW,
  newcomer,
  OLD,
  type Person,
  regular,
  requirePassword,
  stepOf,
  typePassword,
  uidOf,
} from '../support/required-actions.ts';
import { startServer, type TestServer } from '../support/server.ts';

const SYSTEM = { type: 'system' } as const;
const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';
const STEPS = [
  'login',
  'second-factor',
  'enrol-second-factor',
  'recovery-codes',
  'verify-email',
  'change-password',
  'accept-terms',
  'continue',
  'consent',
];

let server: TestServer;
let restore = () => {};

beforeAll(async () => {
  server = await startServer(ALL_REQUIRED);
});

beforeEach(() => server.services.db.rateLimit.deleteMany());

afterEach(() => restore());

afterAll(() => server.close());

const filledIn = (person: Person, csrf: string) => ({
  csrf,
  login: person.login,
  password: NEW,
  passwordAgain: NEW,
  code: '123456',
  version: ALL_REQUIRED.TERMS_VERSION,
  decision: 'allow',
  scope: 'openid',
});

/** Every page but the one that is due, looked at and sent filled in, leads to the one that is. */
async function expectOnlyWay(agent: Agent, page: Page, person: Person): Promise<void> {
  const due = stepOf(page);
  const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(page.body) ?? [];
  const uid = uidOf(page);
  for (const step of STEPS.filter((one) => one !== due)) {
    const url = `/interaction/${uid}/${step}`;
    const answers = [await agent.open(url), await agent.open(url, filledIn(person, csrf))];
    expect([step, ...answers.map(locationOf)]).toEqual([step, page.url, page.url]);
  }
  expect(locationOf(await agent.open(`/interaction/${uid}`))).toBe(page.url);
}

test('attack 24: none of the required steps can be left out, in whatever order they are sent', async () => {
  const person = await newcomer(server);
  await requirePassword(server, person);
  const { agent, page } = await typePassword(server, person, { parameters: { acr_values: AAL2 } });

  expect(stepOf(page)).toBe('verify-email');
  await expectOnlyWay(agent, page, person);
  const code = await mailedCode(server, person);
  const change = await agent.submit(page, 'verify-email-submit', { code });
  expect(stepOf(change)).toBe('change-password');
  await expectOnlyWay(agent, change, person);
  const enrol = await choosePassword(agent, change);
  expect(stepOf(enrol)).toBe('enrol-second-factor');
  await expectOnlyWay(agent, enrol, person);
  const key = /id="key">([^<]+)</.exec(enrol.body)?.[1] ?? '';
  const codes = await agent.submit(enrol, 'enrol-submit', { code: codeAt(key, new Date()) });
  const terms = await agent.submit(codes, 'recovery-codes-continue');
  expect(stepOf(terms)).toBe('accept-terms');
  await expectOnlyWay(agent, terms, person);
  expect(await server.services.db.session.count({ where: { userId: person.id } })).toBe(0);
});

test('attack 24: resuming before all is done makes no session and gives no code', async () => {
  const person = await newcomer(server);
  const { agent, page } = await typePassword(server, person);

  const resumed = await agent.browse(`/auth/${uidOf(page)}`);

  expect([isGranted(resumed), stepOf(resumed)]).toEqual([false, 'login']);
  expect(await server.services.db.session.count({ where: { userId: person.id } })).toBe(0);
});

test('attack 24: what became required after the sign-in holds the answer back', async () => {
  const person = await regular(server);
  const { id } = await createTestClient(server, 'spa');
  const request = await authorizationRequest(await relyingParty(server.issuer, id));
  const agent = createAgent(server.issuer);
  const login = await agent.browse(request.url.href);
  const consent = await agent.submit(login, 'login-submit', {
    login: person.login,
    password: OLD,
  });
  expect(stepOf(consent)).toBe('consent');
  await requirePassword(server, person);

  const answer = await agent.submit(consent, 'consent-allow');

  expect([isGranted(answer), stepOf(answer)]).toEqual([false, 'change-password']);
});

test('attack 24: empty forms, and those of a stranger’s browser, do nothing', async () => {
  const person = await newcomer(server);
  const { agent, page } = await typePassword(server, person);
  const { csrf = '' } = formOf(page.body, 'verify-email-submit').fields;
  const url = (step: string) => `/interaction/${uidOf(page)}/${step}`;

  for (const step of ['verify-email', 'verification-mails', 'switch', 'continue'])
    expect((await agent.open(url(step), {})).status).toBe(403);
  expect((await agent.open(url('accept-terms'), { csrf })).status).toBe(400);
  const stranger = createAgent(server.issuer);
  const answers = [
    await stranger.open(page.url),
    await stranger.open(url('verify-email'), { csrf, code: await mailedCode(server, person) }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([404, 403]);
  const { emailVerified } = await server.services.db.user.findUniqueOrThrow({
    where: { id: person.id },
  });
  expect(emailVerified).toBe(false);
});

test('attack 21: a sign-in whose password was reset while it was looked at gives no access', async () => {
  const person = await regular(server);
  const agent = createAgent(server.issuer);
  const login = await begin(server, agent);
  restore = meanwhile(server.services.passwordHashing, 'verify', () =>
    setPassword(server.services, { userId: person.id, password: NEW }, SYSTEM),
  );

  const page = await agent.submit(login, 'login-submit', { login: person.login, password: OLD });

  expect([isGranted(page), stepOf(page)]).toEqual([false, 'login']);
  expect(await server.services.db.session.count({ where: { userId: person.id } })).toBe(0);
  expect(isGranted((await typePassword(server, person, { agent, password: NEW })).page)).toBe(true);
});

test('attack 21: what was half proved ends with the password, and nothing brings it back', async () => {
  const person = await newcomer(server);
  const { agent, page } = await typePassword(server, person);
  const code = await mailedCode(server, person);
  await setPassword(server.services, { userId: person.id, password: NEW }, SYSTEM);
  expect((await agent.submit(page, 'verify-email-submit', { code })).status).toBe(404);

  const next = await typePassword(server, person, { password: NEW });
  restore = meanwhile(server.services.rateLimits, 'consume', () =>
    setPassword(server.services, { userId: person.id, password: OLD }, SYSTEM),
  );
  const answer = await next.agent.submit(next.page, 'verify-email-mail');
  expect((await next.agent.open(next.page.url)).status).toBe(404);
  expect(isGranted(answer)).toBe(false);
});

test('attack 25: an authenticator whose codes could not be kept is none', async () => {
  const person = await regular(server);
  const parameters = { acr_values: AAL2 };
  const { agent, page } = await typePassword(server, person, { parameters });
  const key = /id="key">([^<]+)</.exec(page.body)?.[1] ?? '';
  const { db } = server.services;
  restore = meanwhile(server.services.rateLimits, 'consume', () =>
    db.protocolState.deleteMany({ where: { userId: person.id } }),
  );

  const answer = await agent.submit(page, 'enrol-submit', { code: codeAt(key, new Date()) });

  expect(answer.status).toBe(404);
  expect(await db.authenticator.count({ where: { userId: person.id } })).toBe(0);
  expect(await db.recoveryCode.count({ where: { userId: person.id } })).toBe(0);
});
