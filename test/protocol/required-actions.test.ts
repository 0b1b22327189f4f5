// What a person has to do at a sign-in besides proving who they are: each step on its way, and what it leaves behind.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { setPassword } from '../../src/identity/users/users.ts';
import { createAgent, formOf } from '../support/agent.ts';
import { codeAt } from '../support/authenticator.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { linkIn, mailsTo, newestMailTo } from '../support/mailbox.ts';
import {
  authorizationRequest,
  callbackOf,
  redeem,
  relyingParty,
} from '../support/relying-party.ts';
import {
  ALL_REQUIRED,
  answerOf,
  begin,
  choosePassword,
  isGranted,
  mailedCode,
  NEW,
  newcomer,
  OLD,
  regular,
  requirePassword,
  stepOf,
  typePassword,
} from '../support/required-actions.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { refreshRequest, signedIn } from '../support/victims.ts';

const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';
const SYSTEM = { type: 'system' } as const;
const clock = clockAhead();

let server: TestServer;

beforeAll(async () => {
  server = await startServer(ALL_REQUIRED, { clock });
});

beforeEach(() => server.services.db.rateLimit.deleteMany());

afterAll(() => server.close());

const eventsOf = async (id: string) => {
  const where = { targetId: id, outcome: 'success' };
  const events = await server.services.db.auditEvent.findMany({ where, orderBy: { id: 'asc' } });
  return events.map(({ type }) => type);
};
const withdrawTerms = (userId: string) =>
  server.services.db.termsAcceptance.deleteMany({ where: { userId } });

test('all four are asked for in order, once, and each is on record', async () => {
  const person = await newcomer(server);
  await requirePassword(server, person);

  const { agent, page } = await typePassword(server, person, { parameters: { acr_values: AAL2 } });
  expect([stepOf(page), page.body.includes(person.address)]).toEqual(['verify-email', true]);
  const code = await mailedCode(server, person);
  const change = await agent.submit(page, 'verify-email-submit', { code });
  expect(stepOf(change)).toBe('change-password');
  const enrol = await choosePassword(agent, change);
  expect(stepOf(enrol)).toBe('enrol-second-factor');
  const key = /id="key">([^<]+)</.exec(enrol.body)?.[1] ?? '';
  const codes = await agent.submit(enrol, 'enrol-submit', { code: codeAt(key, clock.now()) });
  const terms = await agent.submit(codes, 'recovery-codes-continue');
  expect(stepOf(terms)).toBe('accept-terms');
  expect(terms.body).toContain('href="https://acme.example/terms"');
  expect(terms.body).toContain('href="https://acme.example/privacy"');
  expect(isGranted(await agent.submit(terms, 'accept-terms-submit'))).toBe(true);

  expect(await eventsOf(person.id)).toEqual([
    'user.created',
    'sign_in.succeeded',
    'user.email_verification_requested',
    'user.email_verified',
    'user.password_set',
    'second_factor.added',
    'second_factor.passed',
    'terms.accepted',
  ]);
  expect(isGranted(await begin(server, agent))).toBe(true);
  clock.advance(30);
  const next = await typePassword(server, person, { password: NEW });
  const proof = { code: codeAt(key, clock.now()) };
  expect(isGranted(await next.agent.submit(next.page, 'second-factor-submit', proof))).toBe(true);
});

test('new terms: a session from before is asked at the next request, and stays what it was', async () => {
  const person = await regular(server);
  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  const party = await relyingParty(server.issuer, id);
  const { agent } = await typePassword(server, person);
  await withdrawTerms(person.id);
  clock.advance(3600);

  expect(answerOf(await begin(server, agent, { prompt: 'none' }))).toBe('interaction_required');
  const request = await authorizationRequest(party);
  const page = await agent.browse(request.url.href);
  expect(stepOf(page)).toBe('accept-terms');
  const answer = await agent.submit(page, 'accept-terms-submit');
  const tokens = await redeem(party, callbackOf(answer), request);

  const { auth_time: at, amr } = decodeJwt(tokens.id_token ?? '');
  expect([Math.round(Date.now() / 1000) - Number(at) < 60, amr]).toEqual([true, ['pwd']]);
  expect(isGranted(await begin(server, agent, { prompt: 'none' }))).toBe(true);
});

test('nobody signed in: prompt=none says so, whatever may be pending', async () => {
  const answer = await begin(server, createAgent(server.issuer), { prompt: 'none' });
  expect(answerOf(answer)).toBe('login_required');
});

test('whoever declines the terms is back at the application, and nothing is lost', async () => {
  const person = await regular(server);
  await withdrawTerms(person.id);
  const { agent, page } = await typePassword(server, person);

  expect(answerOf(await agent.submit(page, 'accept-terms-cancel'))).toBe('access_denied');

  const again = await typePassword(server, person, { agent });
  expect(stepOf(again.page)).toBe('accept-terms');
  expect(isGranted(await agent.submit(again.page, 'accept-terms-submit'))).toBe(true);
});

test('terms that were shown in another version are shown anew', async () => {
  const person = await regular(server);
  await withdrawTerms(person.id);
  const { agent, page } = await typePassword(server, person);

  const again = await agent.submit(page, 'accept-terms-submit', { version: '2025-01-01' });

  expect(stepOf(again)).toBe('accept-terms');
  expect(await server.services.db.termsAcceptance.count({ where: { userId: person.id } })).toBe(0);
});

test('the link in the mail, followed elsewhere, leads on too', async () => {
  const person = await regular(server);
  await server.services.db.user.update({
    where: { id: person.id },
    data: { emailVerified: false },
  });
  const { agent, page } = await typePassword(server, person);
  const elsewhere = createAgent(server.issuer);
  const link = linkIn(await newestMailTo(server, person.address, 'verify-email'));
  await elsewhere.submit(await elsewhere.open(link), 'verify-email-submit');

  const reloaded = await agent.browse(page.url);
  expect(stepOf(reloaded)).toBe('continue');
  expect(isGranted(await agent.submit(reloaded, 'continue-submit'))).toBe(true);
});

test('a wrong code, another mail, and no more than five of them', async () => {
  const person = await newcomer(server);
  const { agent, page } = await typePassword(server, person);
  const first = await mailedCode(server, person);
  const wrong = await agent.submit(page, 'verify-email-submit', {
    code: first === '00000000' ? '11111111' : '00000000',
  });
  expect([wrong.status, stepOf(wrong)]).toEqual([422, 'verify-email']);

  // Whoever begins again is not sent another: the code counts still.
  await typePassword(server, person);
  expect(await mailsTo(server, person.address)).toHaveLength(1);
  for (let i = 0; i < 4; i++) await agent.submit(page, 'verify-email-mail');
  const limited = await agent.submit(page, 'verify-email-mail');
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, expect.any(String)]);
  expect(await mailsTo(server, person.address)).toHaveLength(5);

  const old = await agent.submit(page, 'verify-email-submit', { code: first });
  expect(old.status).toBe(422);
  const right = await agent.submit(page, 'verify-email-submit', {
    code: await mailedCode(server, person),
  });
  expect(stepOf(right)).toBe('accept-terms');
});

test('whose address is not to be verified any more, or is wrong, may be somebody else', async () => {
  const [person, other] = [await newcomer(server), await regular(server)];
  const { agent, page } = await typePassword(server, person);
  const login = await agent.submit(page, 'other-account');
  expect(stepOf(login)).toBe('login');
  const answer = await agent.submit(login, 'login-submit', { login: other.login, password: OLD });
  expect(isGranted(answer)).toBe(true);
});

test('a temporary password is changed for another one, and all else ends', async () => {
  const person = await regular(server);
  const victim = await signedIn(server, {
    person: { login: person.login, password: OLD },
    parameters: { scope: 'openid offline_access', prompt: 'consent' },
  });
  await requirePassword(server, person);
  const { agent, page } = await typePassword(server, person);

  const same = await choosePassword(agent, page, OLD);
  expect([same.status, same.body.includes('the password you have')]).toEqual([422, true]);
  const short = await choosePassword(agent, page, 'too short');
  expect([short.status, stepOf(short)]).toEqual([422, 'change-password']);
  expect(isGranted(await choosePassword(agent, page))).toBe(true);

  expect((await refreshRequest(server, victim.id, victim.refreshToken)).status).toBe(400);
  expect(stepOf(await begin(server, victim.agent))).toBe('login');
  expect(isGranted(await begin(server, agent))).toBe(true);
  expect(isGranted((await typePassword(server, person, { password: NEW })).page)).toBe(true);
});

test('two tabs of one sign-in: the second goes on with what the first has set', async () => {
  const person = await regular(server);
  await requirePassword(server, person);
  const { agent, page } = await typePassword(server, person);
  const tab = await agent.browse(page.url);
  const both = await Promise.all([
    choosePassword(agent, page),
    choosePassword(agent, tab, 'eleven patient herons wading'),
  ]);
  expect(both.filter(isGranted).length).toBeGreaterThan(0);
  const { passwordChangeRequiredAt } = await server.services.db.user.findUniqueOrThrow({
    where: { id: person.id },
  });
  expect(passwordChangeRequiredAt).toBeNull();
  expect((await eventsOf(person.id)).filter((type) => type === 'user.password_set')).toHaveLength(
    1,
  );
});

test('in a session, the password is asked for first unless it was typed just now', async () => {
  const person = await regular(server);
  const { agent } = await typePassword(server, person);
  await requirePassword(server, person);
  const fresh = await begin(server, agent);
  expect(stepOf(fresh)).toBe('change-password');
  expect(isGranted(await choosePassword(agent, fresh))).toBe(true);

  await requirePassword(server, person);
  clock.advance(700);
  const page = await begin(server, agent);
  expect(stepOf(page)).toBe('login');
  const change = await agent.submit(page, 'login-submit', { login: person.login, password: NEW });
  expect(stepOf(change)).toBe('change-password');
});

test('a password from the list of the common ones has to be changed', async () => {
  const person = await regular(server);
  const passwordHash = await server.services.passwordHashing.hash('password123');
  await server.services.db.user.update({ where: { id: person.id }, data: { passwordHash } });

  const { agent, page } = await typePassword(server, person, { password: 'password123' });

  expect(stepOf(page)).toBe('change-password');
  expect(await eventsOf(person.id)).toContain('user.password_change_required');
  expect(isGranted(await choosePassword(agent, page))).toBe(true);
});

test('beside a second factor a password may be short, and without it no longer', async () => {
  const person = await regular(server);
  const { db } = server.services;
  const enrol = () =>
    db.authenticator.create({
      data: { userId: person.id, sealedSeed: 'x', lastStep: 0, createdAt: new Date() },
    });
  const short = { userId: person.id, password: 'otter-91' };
  await expect(setPassword(server.services, short, SYSTEM)).rejects.toMatchObject({
    code: 'password_too_short',
  });
  await setPassword(server.services, { ...short, use: 'with-second-factor' }, SYSTEM);
  await enrol();
  const beside = await typePassword(server, person, { password: short.password });
  expect(stepOf(beside.page)).toBe('second-factor');

  await db.authenticator.delete({ where: { userId: person.id } });
  const alone = await typePassword(server, person, { password: short.password });
  expect(stepOf(alone.page)).toBe('change-password');
  expect(formOf(alone.page.body, 'change-password-submit')).toBeDefined();
  expect(alone.page.body).toContain('15 characters');
  expect(isGranted(await choosePassword(alone.agent, alone.page))).toBe(true);
  expect(isGranted((await typePassword(server, person, { password: NEW })).page)).toBe(true);
});
