// A forgotten password, as people meet it: from the sign-in by way of their mail and back.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { addAuthenticator, offeredSeed } from '../../src/identity/second-factors/enrolment.ts';
import { disableUser, setPassword } from '../../src/identity/users/users.ts';
import { type Agent, createAgent, type Page } from '../support/agent.ts';
import { codeAt } from '../support/authenticator.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { bearer, get } from '../support/http.ts';
import { linkIn, mailsTo, newestMailTo } from '../support/mailbox.ts';
import { authorizationRequest, authorize, relyingParty } from '../support/relying-party.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';
import { refreshRequest, signedIn } from '../support/victims.ts';

const OLD = 'correct horse battery staple';
const NEW = 'seven quiet otters drifting';
const SYSTEM = { type: 'system' } as const;
const clock = clockAhead();

let server: TestServer;
let count = 0;
let person: { login: string; password: string };
let address: string;
let userId: string;

beforeAll(async () => {
  server = await startServer({}, { clock });
});

beforeEach(async () => {
  await server.services.db.rateLimit.deleteMany();
  person = { login: `person-${(count += 1)}`, password: OLD };
  address = `${person.login}@example.com`;
  ({ id: userId } = await createPerson(server, person));
});

afterAll(() => server.close());

async function ask(name: string, agent = createAgent(server.issuer)): Promise<Page> {
  return agent.submit(await agent.open('/recovery'), 'recovery-submit', { login: name });
}

async function mailedLink(name = person.login): Promise<string> {
  await ask(name);
  return linkIn(await newestMailTo(server, address, 'reset-password'));
}

async function choose(link: string, password = NEW, agent: Agent = createAgent(server.issuer)) {
  const page = await agent.open(link);
  const passwords = { password, passwordAgain: password };
  return agent.submit(page, 'new-password-submit', passwords);
}

async function canSignIn(password: string): Promise<boolean> {
  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  const { url } = await authorizationRequest(await relyingParty(server.issuer, id));
  const agent = createAgent(server.issuer);
  return authorize(agent, url, { login: person.login, password }).then(
    (callback) => callback.searchParams.has('code'),
    () => false,
  );
}

const eventsOf = (type: string) =>
  server.services.db.auditEvent.findMany({ where: { type, targetId: userId } });

test('a person chooses a new password by the link that was mailed, and goes on with the sign-in they left', async () => {
  const agent = createAgent(server.issuer);
  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  const { url } = await authorizationRequest(await relyingParty(server.issuer, id));
  const login = await agent.browse(url.href);
  const [, forgot = ''] = /id="forgot-password" href="([^"]+)"/.exec(login.body) ?? [];

  const sent = await agent.submit(await agent.open(forgot), 'recovery-submit', { login: address });
  expect([sent.status, new URL(sent.url).pathname]).toEqual([200, '/recovery/sent']);
  const mail = await newestMailTo(server, address, 'reset-password');
  expect(mail.text).toContain('within 60 minutes');
  const form = await agent.open(linkIn(mail));
  expect(form.body).toContain(person.login);
  const done = await choose(linkIn(mail), NEW, agent);
  expect([done.status, new URL(done.url).pathname]).toEqual([200, '/recovery/done']);

  const [, back = ''] = /id="recovery-sign-in" href="([^"]+)"/.exec(done.body) ?? [];
  const again = await agent.browse(back);
  const returned = await agent.submit(again, 'login-submit', { ...person, password: NEW });
  expect(new URL(returned.headers.get('location') ?? '').searchParams.has('code')).toBe(true);
  expect(await canSignIn(OLD)).toBe(false);
});

test('without a sign-in that waits, the page at the end says how to go on', async () => {
  const done = await choose(await mailedLink());
  expect(done.body).not.toContain('recovery-sign-in');
  expect(done.body).toContain('Go back to the application');

  const agent = createAgent(server.issuer);
  await agent.open('/recovery?interaction=nobodys-interaction');
  expect((await agent.open('/recovery/done')).body).not.toContain('recovery-sign-in');
});

test('a new password ends every session, grant and token of the person, and tells them by mail', async () => {
  const { id, accessToken, refreshToken, agent, party } = await signedIn(server, {
    person,
    parameters: { scope: 'openid offline_access', prompt: 'consent' },
  });
  expect((await get(`${server.issuer}/userinfo`, bearer(accessToken))).status).toBe(200);

  await choose(await mailedLink());

  expect((await get(`${server.issuer}/userinfo`, bearer(accessToken))).status).toBe(401);
  expect((await refreshRequest(server, id, refreshToken)).json['error']).toBe('invalid_grant');
  const { url } = await authorizationRequest(party);
  expect((await agent.browse(url.href)).body).toContain('id="login-submit"');
  for (const model of ['session', 'grant', 'protocolState', 'oneTimeLink'] as const) {
    const rows = server.services.db[model] as unknown as { count(query: object): Promise<number> };
    expect([model, await rows.count({ where: { userId } })]).toEqual([model, 0]);
  }
  const told = await newestMailTo(server, address, 'credential-changed');
  expect(told.text).toContain('127.0.0.1');
  expect(told.text + told.html).not.toContain(NEW);
});

test('what happened is on record, without the token', async () => {
  const link = await mailedLink();
  await choose(link);

  expect(await eventsOf('user.recovery_requested')).toMatchObject([{ outcome: 'success' }]);
  expect(await eventsOf('user.password_set')).toMatchObject([
    { actorType: 'user', actorId: userId, detail: { by: 'mailed_link' } },
  ]);
  const token = link.split('/').at(-1) ?? '';
  expect(token).toHaveLength(43);
  expect(JSON.stringify(await server.services.db.auditEvent.findMany())).not.toContain(token);
  expect(server.log.join('')).not.toContain(token);
});

test('the link verifies the address that it was mailed to', async () => {
  const isVerified = async () =>
    (await server.services.db.user.findUnique({ where: { id: userId } }))?.emailVerified;
  expect(await isVerified()).toBe(false);
  await choose(await mailedLink());
  expect(await isVerified()).toBe(true);
  expect(await eventsOf('user.email_verified')).toHaveLength(1);

  await choose(await mailedLink(), `${NEW} again`);
  expect(await eventsOf('user.email_verified')).toHaveLength(1);
});

test('a faulty form comes back with the faults, uses nothing up and changes nothing', async () => {
  const link = await mailedLink();
  const agent = createAgent(server.issuer);
  const page = await agent.open(link);
  const fill = (password: string, passwordAgain = password) =>
    agent.submit(page, 'new-password-submit', { password, passwordAgain });

  const short = await fill('short');
  expect(short.status).toBe(422);
  expect(short.body).toContain('id="password-fault"');
  expect(short.body).toContain('<meter');
  expect((await fill(NEW, 'other')).body).toContain('id="password-again-fault"');
  expect((await fill('')).body).toContain('Choose a password.');
  expect((await fill(`${address}${address}`)).body).toContain('made of your own name');
  expect(await canSignIn(OLD)).toBe(true);
  expect((await choose(link)).status).toBe(200);
});

test('whoever failed to sign in until they were blocked gets in with the new password', async () => {
  for (let i = 0; i < 10; i++) expect(await canSignIn('not the password')).toBe(false);
  expect(await canSignIn(OLD)).toBe(false);

  await choose(await mailedLink());
  expect(await canSignIn(NEW)).toBe(true);
});

test('an empty name is asked for again', async () => {
  const page = await ask('   ');
  expect(page.status).toBe(422);
  expect(page.body).toContain('role="alert"');
});

test('a link ends after an hour, by a newer one, by a new password and when the person is disabled', async () => {
  const statusOf = async (link: string) => (await createAgent(server.issuer).open(link)).status;
  const older = await mailedLink();
  const newer = await mailedLink();
  expect([await statusOf(older), await statusOf(newer)]).toEqual([404, 200]);

  clock.advance(3601);
  expect(await statusOf(newer)).toBe(404);

  const beforeChange = await mailedLink();
  await setPassword(server.services, { userId, password: `${NEW} indeed` }, SYSTEM);
  expect(await statusOf(beforeChange)).toBe(404);

  const beforeEnd = await mailedLink();
  await disableUser(server.services, userId, SYSTEM);
  const page = await createAgent(server.issuer).open(beforeEnd);
  expect(page.status).toBe(404);
  expect(page.body).toContain('This link no longer works');
  expect(page.body).toContain('href="/recovery"');
});

test('people without a password get one; disabled people and those without an address get no mail', async () => {
  const { db } = server.services;
  await db.user.update({ where: { id: userId }, data: { passwordHash: null } });
  await choose(await mailedLink());
  expect(await canSignIn(NEW)).toBe(true);

  const before = await mailsTo(server, address);
  await disableUser(server.services, userId, SYSTEM);
  await ask(person.login);
  await db.user.update({ where: { id: userId }, data: { disabledAt: null, email: null } });
  await ask(person.login);
  expect(await mailsTo(server, address)).toHaveLength(before.length);
  expect((await eventsOf('user.recovery_requested')).map(({ detail }) => detail)).toEqual([
    null,
    { reason: 'disabled' },
    { reason: 'no_address' },
  ]);
});

test('where no mail reaches people, nothing of it is offered', async () => {
  const silent = await startServer({ DEVELOPMENT_PAGES: 'off' });
  const agent = createAgent(silent.issuer);
  const { id } = await createTestClient(silent, 'spa');
  const { url } = await authorizationRequest(await relyingParty(silent.issuer, id));
  expect((await agent.browse(url.href)).body).not.toContain('forgot-password');
  expect((await agent.open('/recovery')).status).toBe(404);
  await silent.close();
});

test('a new password spares nobody the second factor', async () => {
  const offer = { userId, occasion: 'here' };
  const code = codeAt(offeredSeed(server.services, offer), clock.now());
  const facts = { requestId: 'test', address: '203.0.113.7' };
  await addAuthenticator(server.services, { ...offer, code }, facts);

  await choose(await mailedLink());

  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  const { url } = await authorizationRequest(await relyingParty(server.issuer, id));
  const agent = createAgent(server.issuer);
  const typed = { login: person.login, password: NEW };
  const page = await agent.submit(await agent.browse(url.href), 'login-submit', typed);
  expect(page.url).toMatch(/\/second-factor$/);
  expect(await server.services.db.authenticator.count({ where: { userId } })).toBe(1);
});
