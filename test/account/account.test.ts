// The account's pages through the door that people use: a browser that signs in, a second one, an application.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { hashSecret } from '../../src/foundation/secrets.ts';
import { requestEmailChange } from '../../src/identity/email-change/email-change.ts';
import { disableUser, getUser } from '../../src/identity/users/users.ts';
import { type Agent, createAgent, formOf, locationOf } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { bearer, get } from '../support/http.ts';
import { openLogoutReceiver, sendNotices } from '../support/logout-receiver.ts';
import { newestMailTo } from '../support/mailbox.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { signedIn } from '../support/victims.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const clock = clockAhead();
let server: TestServer;
let names = 0;

beforeAll(async () => {
  server = await startServer(
    { INSECURE_NO_RATE_LIMITS: 'true', INSECURE_PRIVATE_ADDRESSES: 'true' },
    { clock },
  );
});

afterAll(() => server.close());

async function person() {
  const login = `alice${++names}`;
  const { id } = await createPerson(server, { ...ALICE, login });
  return { ...ALICE, login, id };
}

type Person = Awaited<ReturnType<typeof person>>;

/** Opens a page of the account in a new browser, and signs in on the way. */
async function enter(who: Person, path = '/account', agent = createAgent(server.issuer)) {
  const login = await agent.browse(path);
  const { login: name, password } = who;
  const page = await agent.submit(login, 'login-submit', { login: name, password });
  return { agent, page };
}

const eventsOf = (type: string, userId: string) =>
  server.services.db.auditEvent.count({ where: { type, actorId: userId } });

test('whoever is not signed in is led to sign in, without a consent page, and back to the page they wanted', async () => {
  const alice = await person();
  const agent = createAgent(server.issuer);
  const login = await agent.browse('/account/sessions');
  expect(login.body).toContain('Your account');

  const page = await agent.submit(login, 'login-submit', { ...alice });

  expect(page.status).toBe(200);
  expect(new URL(page.url).pathname).toBe('/account/sessions');
  expect(page.body).toContain('This browser');
  expect((await agent.open('/account')).body).toContain(alice.login);
});

test('the way in is in the language of the browser, the name of our own client too', async () => {
  const agent = createAgent(server.issuer);
  const german = { 'accept-language': 'de' };
  const begun = locationOf(await agent.open('/account', undefined, german));
  const login = locationOf(await agent.open(begun ?? '', undefined, german));
  const page = await agent.open(login ?? '', undefined, german);
  expect(page.body).toContain('Anmelden bei Kontoverwaltung');
  const lost = await agent.open('/account/signed-in?state=overview.x', undefined, german);
  expect(lost.body).toContain('Öffnen Sie Ihr Konto noch einmal.');
});

test('whoever is signed in at an application is signed in here, and an ended session is ended', async () => {
  const alice = await person();
  const { agent } = await signedIn(server, { person: alice });
  expect((await agent.browse('/account')).body).toContain('id="account-profile"');

  await agent.submit(await agent.browse('/logout'), 'logout-confirm');

  expect((await agent.browse('/account')).body).toContain('id="login-submit"');
});

test('a person who is disabled is out at once', async () => {
  const alice = await person();
  const { agent } = await enter(alice);
  await disableUser(server.services, alice.id, { type: 'system' });
  expect((await agent.browse('/account')).body).toContain('id="login-submit"');
});

test('a sign-in that is not completed says so', async () => {
  const agent = createAgent(server.issuer);
  const page = await agent.submit(await agent.browse('/account'), 'login-cancel');
  expect(page.status).toBe(401);
});

test('nobody can redeem the code of the account’s client', async () => {
  const alice = await person();
  const agent = createAgent(server.issuer);
  const login = await agent.browse('/account');
  const { action, fields } = formOf(login.body, 'login-submit');
  const resumed = locationOf(await agent.open(action, { ...fields, ...alice }));
  const back = new URL(locationOf(await agent.open(resumed ?? '')) ?? '');
  expect(back.pathname).toBe('/account/signed-in');

  const answers = await Promise.all(
    [
      { client_id: 'latchkey-account' },
      { client_id: 'latchkey-account', client_secret: '' },
      { client_id: 'latchkey-account', client_secret: 'x' },
    ].map((credentials) =>
      fetch(`${server.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: back.searchParams.get('code') ?? '',
          redirect_uri: `${server.issuer}/account/signed-in`,
          ...credentials,
        }),
      }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
});

test('sessions: where and with what, one ended, then all others; tokens of theirs end too', async () => {
  const alice = await person();
  const { agent } = await enter(alice);
  const app = await signedIn(server, { person: alice });
  const third = await signedIn(server, { person: alice });
  const page = await agent.browse('/account/sessions');
  expect(page.body.match(/id="session-/g)).toHaveLength(2); // this browser's own has no button
  expect(page.body).toContain('127.0.0.1');

  const { uid } = (await sessionOf(app.agent)) ?? {};
  const after = await agent.submit(page, `session-${uid}`);

  expect(after.body.match(/id="session-/g)).toHaveLength(1);
  expect(await server.services.db.grant.count({ where: { clientId: app.id } })).toBe(0);
  expect((await get(`${server.issuer}/userinfo`, bearer(app.accessToken))).status).toBe(401);
  expect((await app.agent.browse('/account')).body).toContain('login-submit');
  expect((await get(`${server.issuer}/userinfo`, bearer(third.accessToken))).status).toBe(200);

  const last = await agent.submit(after, 'sessions-end-others');

  expect(last.body).not.toContain('id="session-');
  expect((await get(`${server.issuer}/userinfo`, bearer(third.accessToken))).status).toBe(401);
  expect((await agent.open('/account')).status).toBe(200);
  expect(await eventsOf('session.ended', alice.id)).toBe(2);
});

test('a session says which browser it is of, in our words', async () => {
  const alice = await person();
  const agent = createAgent(server.issuer);
  const login = await agent.browse('/account/sessions');
  const { action, fields } = formOf(login.body, 'login-submit');
  const resumed = locationOf(await agent.open(action, { ...fields, ...alice }));
  await agent.open(resumed ?? '', undefined, { 'user-agent': `${FIREFOX} <script>` });

  const page = await agent.open('/account/sessions');

  expect(page.body).toContain('Firefox on Linux');
  expect(page.body).not.toContain('<script>');
});

test('who ends a session tells its applications by the back channel, as signing out does', async () => {
  const receiver = await openLogoutReceiver();
  const alice = await person();
  const { agent } = await enter(alice);
  const client = { backchannelLogoutUri: receiver.uri };
  await signedIn(server, { type: 'web', person: alice, client });

  await agent.submit(await agent.browse('/account/sessions'), 'sessions-end-others');

  await sendNotices(server);
  await receiver.close();
  expect(receiver.tokens.map((token) => decodeJwt(token).sub)).toEqual([alice.id]);
});

test('an access that outlives signing out outlives the end of its session too', async () => {
  const alice = await person();
  const { agent } = await enter(alice);
  const scope = { scope: 'openid offline_access', prompt: 'consent' };
  const app = await signedIn(server, { person: alice, parameters: scope });
  await agent.submit(await agent.browse('/account/sessions'), 'sessions-end-others');
  expect((await get(`${server.issuer}/userinfo`, bearer(app.accessToken))).status).toBe(200);
});

test('apps: what was allowed, in words; taking it back ends its tokens at once', async () => {
  const alice = await person();
  const { agent } = await enter(alice);
  expect((await agent.browse('/account/apps')).body).toContain('id="no-apps"');
  const app = await signedIn(server, { person: alice, parameters: { scope: 'openid email' } });

  const page = await agent.browse('/account/apps');
  expect(page.body).toContain('A spa app');
  expect(page.body).toContain('See your email address');
  const [, button = ''] = /id="(app-[\w-]+)"/.exec(page.body) ?? [];
  const after = await agent.submit(page, button);

  expect(after.body).toContain('id="no-apps"');
  expect((await get(`${server.issuer}/userinfo`, bearer(app.accessToken))).status).toBe(401);
  expect(await eventsOf('consent.revoked', alice.id)).toBe(1);
});

const CHANGE = {
  password: 'a quite different password',
  passwordAgain: 'a quite different password',
};

test('password: the present one and a good new one; the other sessions end, this one stays, a mail tells', async () => {
  const alice = await person();
  const { agent, page } = await enter(alice, '/account/password');
  const app = await signedIn(server, { person: alice });

  const wrong = await agent.submit(page, 'password-submit', { ...CHANGE, current: 'not mine' });
  expect(wrong.status).toBe(422);
  expect(wrong.body).toContain('This is not your present password.');
  const weak = { current: alice.password, password: 'short', passwordAgain: 'short' };
  expect((await agent.submit(page, 'password-submit', weak)).status).toBe(422);
  const typo = { ...CHANGE, current: alice.password, passwordAgain: 'x' };
  expect((await agent.submit(page, 'password-submit', typo)).body).toContain(
    'This is not the same password.',
  );

  const changed = await agent.submit(page, 'password-submit', {
    ...CHANGE,
    current: alice.password,
  });

  expect(changed.body).toContain('id="password-done"');
  expect((await agent.open('/account')).status).toBe(200);
  expect((await app.agent.browse('/account')).body).toContain('login-submit');
  expect((await get(`${server.issuer}/userinfo`, bearer(app.accessToken))).status).toBe(401);
  const again = await enter({ ...alice, password: CHANGE.password });
  expect(again.page.status).toBe(200);
  expect(await newestMailTo(server, `${alice.login}@example.com`)).toMatchObject({
    kind: 'credential-changed',
  });
  expect(await eventsOf('user.password_refused', alice.id)).toBe(1);
});

test('password: who unticks the box stays signed in elsewhere', async () => {
  const alice = await person();
  const { agent, page } = await enter(alice, '/account/password');
  const app = await signedIn(server, { person: alice });
  const { action, fields } = formOf(page.body, 'password-submit');
  const { endOthers: _, ...rest } = fields;
  await agent.browse(action, { ...rest, ...CHANGE, current: alice.password });
  expect((await app.agent.open('/account')).status).toBe(200);
});

test('password: a link to a new one, asked for before, ends with the old one, whatever else is kept', async () => {
  const alice = await person();
  const asking = createAgent(server.issuer);
  const form = await asking.open('/recovery');
  await asking.submit(form, 'recovery-submit', { login: alice.login });
  const links = () => server.services.db.oneTimeLink.count({ where: { userId: alice.id } });
  expect(await links()).toBe(1);

  const { agent, page } = await enter(alice, '/account/password');
  const { action, fields } = formOf(page.body, 'password-submit');
  const { endOthers: _, ...rest } = fields;
  await agent.browse(action, { ...rest, ...CHANGE, current: alice.password });
  expect(await eventsOf('user.password_set', alice.id)).toBe(1);
  expect(await links()).toBe(0);
});

test('password: of two changes at once, each from the same present one, one wins', async () => {
  const alice = await person();
  const { agent, page } = await enter(alice, '/account/password');
  const { action, fields } = formOf(page.body, 'password-submit');
  const statuses = await Promise.all(
    ['one rather long password', 'two rather long passwords'].map(async (password) => {
      const form = { ...fields, current: alice.password, password, passwordAgain: password };
      return (await agent.open(action, form)).status;
    }),
  );
  expect([
    [303, 409],
    [303, 422],
  ]).toContainEqual(statuses.toSorted((a, b) => a - b));
  expect(await eventsOf('user.password_set', alice.id)).toBe(1);
});

test.each(['/account/password'])('%s asks for a fresh sign-in after ten minutes', async (path) => {
  const alice = await person();
  const { agent, page } = await enter(alice, path);
  clock.advance(601);

  const login = await agent.browse(path);
  expect(login.body).toContain('id="login-submit"');
  expect(login.body).toContain(`value="${alice.login}"`);
  const stale = formOf(page.body, 'password-submit');
  const refused = await agent.open(stale.action, {
    ...stale.fields,
    ...CHANGE,
    current: alice.password,
  });
  expect(refused.status).toBe(303);
  expect(await eventsOf('user.password_set', alice.id)).toBe(0);

  const again = await agent.submit(login, 'login-submit', { ...alice });
  expect(new URL(again.url).pathname).toBe(path);
  expect(again.body).toContain('id="password-submit"');
});

test('the profile’s name can be changed, and only to what a name may be', async () => {
  const alice = await person();
  const { agent, page } = await enter(alice, '/account/profile');
  const faulty = await agent.submit(page, 'profile-submit', { name: 'x'.repeat(201) });
  expect(faulty.status).toBe(422);
  expect((await agent.submit(page, 'profile-submit', { name: 'Alice Liddell' })).status).toBe(200);
  expect((await agent.open('/account')).body).toContain('Alice Liddell');
  await agent.submit(page, 'profile-submit', { name: 'Alice Liddell' });
  expect(await eventsOf('user.updated', alice.id)).toBe(1);
});

test('the language that a person chooses is that of their pages; the browser’s counts otherwise', async () => {
  const alice = await person();
  const { agent } = await enter(alice);
  const page = await agent.browse('/account/profile?ui_locales=fr');
  expect(page.body).toContain('<html lang="fr"');

  const chosen = await agent.submit(page, 'profile-submit', { locale: 'de' });
  expect(chosen.body).toContain('<html lang="de"');
  expect(chosen.body).toContain('<option value="de" lang="de" selected>Deutsch</option>');
  expect((await agent.open('/account/security')).body).toContain('Ihr Profil wurde geändert');
  expect((await agent.open('/account/sessions')).body).toContain('Unbekannter Browser');

  const form = formOf(chosen.body, 'profile-submit');
  const nonsense = { ...form.fields, locale: 'no language' };
  expect((await agent.open(form.action, nonsense)).status).toBe(400);
  const none = await agent.submit(chosen, 'profile-submit', { locale: '' });
  expect(none.body).toContain('<html lang="en"');
});

test('a language that a person has and no catalogue stays when the name is saved', async () => {
  const alice = await person();
  const { db } = server.services;
  await db.user.update({ where: { id: alice.id }, data: { locale: 'de-AT' } });
  const { agent, page } = await enter(alice, '/account/profile');
  expect(page.body).toMatch(/<option value="de-AT"[^>]* selected>/);
  await agent.submit(page, 'profile-submit', { name: 'Alice', locale: 'de-AT' });
  expect(await db.user.findUnique({ where: { id: alice.id } })).toMatchObject({
    name: 'Alice',
    locale: 'de-AT',
  });
});

test('the history tells what happened, page by page, and nothing of others', async () => {
  const alice = await person();
  const bob = await person();
  await enter(bob);
  const { agent, page } = await enter(alice, '/account/security');
  expect(page.body).toContain('You signed in');
  expect(page.body).not.toContain('id="history-older"');
  expect(page.body.match(/<strong>/g)).toHaveLength(2);

  for (let i = 0; i < 26; i++) {
    const form = await agent.browse('/account/profile');
    await agent.submit(form, 'profile-submit', { name: `Alice ${i}` });
  }
  const newest = await agent.open('/account/security');
  expect(newest.body.match(/<strong>/g)).toHaveLength(25);
  const [, older = ''] = /id="history-older" href="([^"]+)"/.exec(newest.body) ?? [];
  const rest = await agent.open(older.replaceAll('&#38;', '&'));
  expect(rest.body.match(/<strong>/g)).toHaveLength(3);
  expect((await agent.open('/account/security?at=yesterday&id=1')).status).toBe(400);
});

test('the export holds what is kept, and no secret', async () => {
  const alice = await person();
  const app = await signedIn(server, { person: alice });
  const { agent, page } = await enter(alice, '/account/data');
  const request = { user: await getUser(server.services, alice.id), typed: 'new@example.com' };
  await requestEmailChange(server.services, request, { requestId: 'test', address: '203.0.113.7' });
  await createTestClient(server, 'spa', { name: 'Board', ownerId: alice.id });

  const { action, fields } = formOf(page.body, 'data-export');
  const file = await agent.open(action, fields);

  expect(file.headers.get('content-disposition')).toContain('attachment');
  expect(JSON.parse(file.body)).toMatchObject({
    profile: { sub: alice.id, preferred_username: alice.login, email_verified: false },
    email_change: { email: 'new@example.com' },
    password: true,
    recovery_codes_left: 0,
    answers_for: [expect.stringContaining('Board')],
    sessions: [{ address: '127.0.0.1' }, { address: '127.0.0.1' }],
    applications: [{ client_id: app.id, client_name: 'A spa app' }],
  });
  expect(file.body).not.toMatch(/argon2|passwordHash|csrf/);
  expect(await eventsOf('user.exported', alice.id)).toBe(1);
});

async function sessionOf(agent: Agent) {
  const cookie = agent.cookies.find(({ name }) => name === 'latchkey_session')?.value ?? '';
  return server.services.db.session.findUnique({ where: { id: hashSecret(cookie) } });
}
