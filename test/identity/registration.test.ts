// Opening an account, as people meet it: on the way to an application, by way of their mail and back.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type * as oidc from 'openid-client';
import { disableUser } from '../../src/identity/users/users.ts';
import { purgeExpired } from '../../src/operations/jobs/purge.ts';
import { type Agent, createAgent, type Page } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { get } from '../support/http.ts';
import { codeIn, linkIn, mailsTo, newestMailTo } from '../support/mailbox.ts';
import {
  type AuthorizationRequest,
  authorizationRequest,
  authorize,
  callbackOf,
  redeem,
  relyingParty,
} from '../support/relying-party.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const PASSWORD = 'seven quiet otters drifting';
const clock = clockAhead();

let server: TestServer;
let party: oidc.Configuration;
let firstParty: oidc.Configuration;
let count = 0;
let email: string;
let agent: Agent;

beforeAll(async () => {
  server = await startServer({}, { clock });
  const app = await createTestClient(server, 'spa');
  party = await relyingParty(server.issuer, app.id);
  const own = await createTestClient(server, 'spa', { firstParty: true });
  firstParty = await relyingParty(server.issuer, own.id);
});

beforeEach(async () => {
  await server.services.db.rateLimit.deleteMany();
  email = `newcomer-${(count += 1)}@example.com`;
  agent = createAgent(server.issuer);
});

afterAll(() => server.close());

const pathOf = ({ url }: Page) => new URL(url).pathname.split('/').slice(3).join('/');
const userOf = (address = email) =>
  server.services.db.user.findUnique({ where: { email: address } });

async function begin(
  at = party,
  more: Record<string, string> = {},
): Promise<{ request: AuthorizationRequest; page: Page }> {
  const request = await authorizationRequest(at, { prompt: 'create', ...more });
  const form = await agent.browse(request.url.href);
  const page = await agent.submit(form, 'create-submit', {
    email,
    name: 'New Comer',
    password: PASSWORD,
  });
  return { request, page };
}

const mailed = async () => newestMailTo(server, email, 'verify-email');

const enter = async (page: Page, code?: string) =>
  agent.submit(page, 'confirm-address-submit', { code: code ?? codeIn(await mailed()) });

test('an application asks for a new account by prompt=create, and gets its tokens', async () => {
  expect(party.serverMetadata()['prompt_values_supported']).toContain('create');
  const request = await authorizationRequest(party, {
    prompt: 'create',
    scope: 'openid email profile',
  });
  const form = await agent.browse(request.url.href);
  expect([form.status, pathOf(form)]).toEqual([200, 'create']);
  const waiting = await agent.submit(form, 'create-submit', {
    email: email.toUpperCase(),
    name: 'New Comer',
    password: PASSWORD,
  });
  expect(pathOf(waiting)).toBe('confirm-address');
  expect(waiting.body).toContain(email);
  expect(await userOf()).toBeNull();

  const consent = await enter(waiting);
  expect(pathOf(consent)).toBe('consent');
  const tokens = await redeem(
    party,
    callbackOf(await agent.submit(consent, 'consent-allow')),
    request,
  );
  const user = await userOf();
  expect(tokens.claims()).toMatchObject({ sub: user?.id, amr: ['pwd'] });
  const { json } = await get(`${server.issuer}/userinfo`, {
    authorization: `Bearer ${tokens.access_token}`,
  });
  expect(json).toMatchObject({ email, email_verified: true, name: 'New Comer' });
  expect(user).toMatchObject({ login: email, administrator: false, locale: 'en' });
});

test('the account is there for later sign-ins, by the password that was chosen', async () => {
  await enter((await begin(firstParty)).page);
  const { url } = await authorizationRequest(firstParty);
  const callback = await authorize(createAgent(server.issuer), url, {
    login: email,
    password: PASSWORD,
  });
  expect(callback.searchParams.has('code')).toBe(true);
});

test('a person who came to sign in finds the way to an account, and back', async () => {
  const { url } = await authorizationRequest(firstParty);
  const login = await agent.browse(url.href);
  const [, register = ''] = /id="register" href="([^"]+)"/.exec(login.body) ?? [];
  const form = await agent.open(register);
  expect(form.body).toContain('id="create-submit"');
  const [, back = ''] = /id="create-sign-in" href="([^"]+)"/.exec(form.body) ?? [];
  expect((await agent.open(back)).body).toContain('id="login-submit"');

  const waiting = await agent.submit(form, 'create-submit', { email, password: PASSWORD });
  const returned = await enter(waiting);
  expect(callbackOf(returned).searchParams.has('code')).toBe(true);
});

test('the link does it too, and the browser that began goes on without the password', async () => {
  const { page, request } = await begin(firstParty);
  const link = linkIn(await mailed());
  const confirm = await agent.open(link);
  expect(confirm.body).not.toContain('id="password"');
  expect(await userOf()).toBeNull();

  const ready = await agent.submit(confirm, 'account-link-submit');
  expect(pathOf(ready)).toBe('confirm-address');
  expect(await userOf()).toMatchObject({ emailVerified: true });
  const returned = await agent.submit(ready, 'address-confirmed-continue');
  expect((await redeem(firstParty, callbackOf(returned), request)).claims()?.sub).toBe(
    (await userOf())?.id,
  );
  expect((await agent.submit(page, 'confirm-address-submit', { code: '00000000' })).status).toBe(
    404,
  );
});

test('in another browser the link asks for the password; then the first one goes on', async () => {
  const { page } = await begin(firstParty);
  const other = createAgent(server.issuer);
  const confirm = await other.open(linkIn(await mailed()));
  expect(confirm.body).toContain('id="password"');

  const wrong = await other.submit(confirm, 'account-link-submit', { password: 'something else' });
  expect(wrong.status).toBe(422);
  expect(await userOf()).toBeNull();
  const done = await other.submit(confirm, 'account-link-submit', { password: PASSWORD });
  expect(done.body).toContain('Your account is ready');
  expect(other.cookies.some(({ name }) => name === 'latchkey_session')).toBe(false);

  const ready = await agent.open(page.url);
  expect(ready.body).toContain('id="address-confirmed-continue"');
  const returned = await agent.submit(ready, 'address-confirmed-continue');
  expect(callbackOf(returned).searchParams.has('code')).toBe(true);
});

test('/create-account without an application ends in the account', async () => {
  const form = await agent.browse('/create-account');
  const waiting = await agent.submit(form, 'create-submit', { email, password: PASSWORD });
  const account = await enter(waiting);
  expect(new URL(account.url).pathname).toBe('/account');
  expect(account.body).toContain(email);
});

test('a faulty form comes back with the faults and what was typed, and mails nothing', async () => {
  const { url } = await authorizationRequest(party, { prompt: 'create', login_hint: email });
  const form = await agent.browse(url.href);
  expect(form.body).toContain(`value="${email}"`);
  const fill = (fields: Record<string, string>) => agent.submit(form, 'create-submit', fields);

  const short = await fill({ name: 'Somebody', password: 'short' });
  expect(short.status).toBe(422);
  expect(short.body).toContain('id="password-fault"');
  expect(short.body).toContain('<meter');
  expect(short.body).toContain('value="Somebody"');
  expect((await fill({ email: 'nobody', password: PASSWORD })).body).toContain('id="email-fault"');
  expect((await fill({ email: '', password: '' })).body).toContain('Type your email address.');
  expect((await fill({ password: `${email}${email}` })).body).toContain('made of your own name');
  expect(await mailsTo(server, email)).toEqual([]);
  expect(await server.services.db.pendingRegistration.count({ where: { email } })).toBe(0);
});

test('another mail ends the code and the link of the one before', async () => {
  const { page } = await begin();
  const [code, link] = [codeIn(await mailed()), linkIn(await mailed())];
  const again = await agent.submit(page, 'confirm-address-again');
  expect(codeIn(await mailed())).not.toBe(code);
  expect((await enter(again, code)).status).toBe(422);
  expect((await agent.open(link)).status).toBe(404);
  expect(pathOf(await enter(again))).toBe('consent');
});

test('a mistyped address is replaced by another one', async () => {
  const { page } = await begin();
  const [, back = ''] = /id="confirm-address-back" href="([^"]+)"/.exec(page.body) ?? [];
  email = `right-${email}`;
  const waiting = await agent.submit(await agent.open(back), 'create-submit', {
    email,
    password: PASSWORD,
  });
  expect(pathOf(await enter(waiting))).toBe('consent');
});

test('of two who want one address, whoever has shown that it is theirs gets it', async () => {
  const squatter = agent;
  const { page } = await begin();
  agent = createAgent(server.issuer);
  const own = await begin();
  expect(pathOf(await enter(own.page))).toBe('consent');

  const lost = await squatter.submit(page, 'confirm-address-submit', { code: '12345678' });
  expect(lost.body).toContain('id="create-submit"');
  expect(await server.services.db.user.count({ where: { email } })).toBe(1);
});

test('five submissions of one code at a time make one account', async () => {
  const { page } = await begin();
  const code = codeIn(await mailed());
  const pages = await Promise.all(Array.from({ length: 5 }, () => enter(page, code)));
  expect(pages.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
  expect(await server.services.db.user.count({ where: { email } })).toBe(1);
});

test('what happened is on record, and neither code, link nor password is', async () => {
  const { page } = await begin();
  const [code, link] = [codeIn(await mailed()), linkIn(await mailed())];
  await enter(page);
  const user = await userOf();
  const events = await server.services.db.auditEvent.findMany({
    where: { targetId: user?.id ?? '' },
  });
  expect(events.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['user.created', 'user.email_verified', 'sign_in.succeeded']),
  );
  const written =
    JSON.stringify(await server.services.db.auditEvent.findMany()) + server.log.join('');
  for (const secret of [code, link.split('/').at(-1) ?? '', PASSWORD])
    expect(written).not.toContain(secret);
});

test('what is not confirmed within a day ends, and is purged', async () => {
  await begin();
  const link = linkIn(await mailed());
  clock.advance(86_401);
  expect((await agent.open(link)).status).toBe(404);
  clock.advance(3601);
  await purgeExpired(server.services);
  expect(await server.services.db.pendingRegistration.count({ where: { email } })).toBe(0);
  expect(await userOf()).toBeNull();
});

test('whoever was disabled before the first browser went on is not signed in', async () => {
  const { page } = await begin();
  const other = createAgent(server.issuer);
  const confirm = await other.open(linkIn(await mailed()));
  await other.submit(confirm, 'account-link-submit', { password: PASSWORD });
  const ready = await agent.open(page.url);
  await disableUser(server.services, (await userOf())?.id ?? '', { type: 'system' });
  const refused = await agent.submit(ready, 'address-confirmed-continue');
  expect(pathOf(refused)).not.toBe('consent');
  expect(agent.cookies.some(({ name }) => name === 'latchkey_session')).toBe(false);
});

test('somebody who is signed in may open another account', async () => {
  const login = `signed-in-${count}`;
  const person = await createPerson(server, { login, password: PASSWORD });
  const { url } = await authorizationRequest(firstParty);
  await authorize(agent, url, { login, password: PASSWORD });
  const { page, request } = await begin(firstParty);
  // The session of before ends first, by a form that sends itself.
  const ending = await enter(page);
  const returned = await agent.submit(ending, 'form-post-continue');
  const tokens = await redeem(firstParty, callbackOf(returned), request);
  expect(tokens.claims()?.sub).toBe((await userOf())?.id);
  expect(tokens.claims()?.sub).not.toBe(person.id);
});

test.each(['off', 'invitation'])(
  'where REGISTRATION is %s, nothing of it is offered',
  async (registration) => {
    const closed = await startServer({ REGISTRATION: registration });
    const { id } = await createTestClient(closed, 'spa');
    const app = await relyingParty(closed.issuer, id);
    expect(app.serverMetadata()['prompt_values_supported']).not.toContain('create');
    const somebody = createAgent(closed.issuer);
    const asked = await somebody.open(
      (await authorizationRequest(app, { prompt: 'create' })).url.href,
    );
    expect(callbackOf(asked).searchParams.get('error')).toBe('invalid_request');

    const login = await somebody.browse((await authorizationRequest(app)).url.href);
    expect(login.body).not.toContain('id="register"');
    for (const path of ['/create-account', login.url.replace(/login$/, 'create')])
      expect((await somebody.open(path)).status).toBe(404);
    await closed.close();
  },
);

test('where REGISTRATION is domain, addresses elsewhere are told so', async () => {
  const place = await startServer({
    REGISTRATION: 'domain',
    REGISTRATION_DOMAINS: 'acme.example,Example.org',
  });
  const somebody = createAgent(place.issuer);
  const form = await somebody.browse('/create-account');
  const ask = (address: string) =>
    somebody.submit(form, 'create-submit', { email: address, password: PASSWORD });
  for (const address of ['a@example.com', 'a@sub.acme.example', 'a@acme.example.evil.example']) {
    const page = await ask(address);
    expect([address, page.status]).toEqual([address, 422]);
    expect(page.body).toContain('Accounts are for addresses at acme.example, example.org.');
  }
  expect((await ask('a@ACME.example')).body).toContain('id="confirm-address-submit"');
  expect((await ask('a@example.org')).body).toContain('id="confirm-address-submit"');
  await place.close();
});

test('where there are terms, they are accepted with the account, in the version that was shown', async () => {
  const place = await startServer({
    TERMS_VERSION: '2026-11',
    TERMS_URL: 'https://example.com/terms',
  });
  const somebody = createAgent(place.issuer);
  const form = await somebody.browse('/create-account');
  expect(form.body).toContain('href="https://example.com/terms"');
  const ask = (fields: Record<string, string>) =>
    somebody.submit(form, 'create-submit', { email, password: PASSWORD, ...fields });
  for (const fields of [{}, { terms: '2025-01' }]) {
    const page = await ask(fields);
    expect(page.status).toBe(422);
    expect(page.body).toContain('id="terms-fault"');
  }
  const waiting = await ask({ terms: '2026-11' });
  const { db } = place.services;
  expect(await db.termsAcceptance.count()).toBe(0);
  const code = codeIn(await newestMailTo(place, email));
  await somebody.submit(waiting, 'confirm-address-submit', { code });
  const user = await db.user.findUniqueOrThrow({ where: { email } });
  expect(await db.termsAcceptance.findMany()).toMatchObject([
    { userId: user.id, version: '2026-11' },
  ]);
  const events = await db.auditEvent.findMany({ where: { targetId: user.id } });
  expect(events.map(({ type }) => type)).toContain('terms.accepted');
  await place.close();
}, 60_000);
