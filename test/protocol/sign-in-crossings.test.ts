// Where the ways of a sign-in cross: choosing an account, opening one, passkeys and mail, each begun on the way of another.
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { setPassword } from '../../src/identity/users/users.ts';
import { type Agent, createAgent, type Page } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { askForMail, typeCode } from '../support/mail-sign-in.ts';
import { codeIn, linkIn, newestMailTo } from '../support/mailbox.ts';
import { personWithPasskey, usePasskey } from '../support/passkeys.ts';
import {
  authorizationRequest,
  callbackOf,
  redeem,
  relyingParty,
} from '../support/relying-party.ts';
import { choosePassword, isGranted, stepOf } from '../support/required-actions.ts';
import { newSecurityKey, type SecurityKey } from '../support/security-key.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const PASSWORD = 'correct horse battery staple';
const SYSTEM = { type: 'system' } as const;
const clock = clockAhead();

let server: TestServer;
let count = 0;
let agent: Agent;
let person: { login: string; password: string };
let userId: string;
let key: SecurityKey;
let email: string;

beforeAll(async () => {
  const policy = { SECOND_FACTOR: 'administrators', INSECURE_NO_RATE_LIMITS: 'true' };
  server = await startServer(policy, { clock });
});

afterAll(() => server.close());

afterEach(() => void jest.restoreAllMocks());

beforeEach(async () => {
  count += 1;
  agent = createAgent(server.issuer);
  person = { login: `person-${count}`, password: PASSWORD };
  email = `newcomer-${count}@example.com`;
  key = newSecurityKey();
  ({ id: userId } = await createPerson(server, person));
  await server.services.db.user.update({
    where: { id: userId },
    data: { emailVerified: true },
  });
});

async function begin(parameters: Record<string, string> = {}) {
  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  const party = await relyingParty(server.issuer, id);
  const request = await authorizationRequest(party, parameters);
  const page = await agent.browse(request.url.href);
  return {
    page,
    at: (step: string) => agent.browse(page.url.replace(/[^/]+$/, step)),
    claimsOf: async (last: Page) => {
      const left = last.body.includes('form-post-continue')
        ? await agent.submit(last, 'form-post-continue')
        : last;
      return decodeJwt((await redeem(party, callbackOf(left), request)).id_token ?? '');
    },
  };
}

const typePassword = (page: Page) => agent.submit(page, 'login-submit', { ...person });

async function byMail(page: Page): Promise<Page> {
  const waiting = await askForMail({ agent, page }, person.login);
  const mail = await newestMailTo(server, `${person.login}@example.com`, 'magic-link');
  return typeCode({ agent, waiting }, codeIn(mail));
}

const openAccount = (form: Page) =>
  agent.submit(form, 'create-submit', { email, name: 'New Comer', password: PASSWORD });

const toNewcomer = () => newestMailTo(server, email, 'verify-email');

test('a passkey signs in wherever the page of the login is shown', async () => {
  await personWithPasskey(server, person, key);
  await typePassword((await begin()).page);

  const choosing = await begin({ prompt: 'select_account' });
  expect(stepOf(choosing.page)).toBe('login');
  expect(isGranted(await usePasskey(server, { agent, page: choosing.page }, { key }))).toBe(true);

  const another = await begin({ prompt: 'select_account' });
  expect(stepOf(another.page)).toBe('select-account');
  const login = await another.at('login');
  const used = await usePasskey(server, { agent, page: login }, { key });
  expect(await another.claimsOf(used)).toMatchObject({ sub: userId });

  const creating = await begin({ prompt: 'create' });
  expect(stepOf(creating.page)).toBe('create');
  const instead = await creating.at('login');
  expect(isGranted(await usePasskey(server, { agent, page: instead }, { key }))).toBe(true);

  const begun = await begin({ prompt: 'create' });
  expect(stepOf(await openAccount(begun.page))).toBe('confirm-address');
  const back = await begun.at('login');
  const known = await usePasskey(server, { agent, page: back }, { key });
  expect(await begun.claimsOf(known)).toMatchObject({ sub: userId });
});

test('whoever is to choose an account may open one', async () => {
  await typePassword((await begin()).page);
  const { page, at, claimsOf } = await begin({ prompt: 'select_account' });
  expect(stepOf(page)).toBe('select-account');

  const waiting = await openAccount(await at('create'));
  expect(stepOf(waiting)).toBe('confirm-address');
  const code = codeIn(await toNewcomer());
  const { sub } = await claimsOf(await agent.submit(waiting, 'confirm-address-submit', { code }));
  expect(sub).toBe((await server.services.db.user.findUnique({ where: { email } }))?.id);
});

test('mail that is not enough for an administrator says so, and is not offered again', async () => {
  const data = { administrator: true };
  await server.services.db.user.update({ where: { id: userId }, data });
  const { page } = await begin();

  const back = await byMail(page);
  expect(stepOf(back)).toBe('login');
  expect(back.body).toContain('A code by mail is not enough here.');
  expect(back.body).not.toContain('id="mail-code"');
  expect(stepOf(await typePassword(back))).toBe('enrol-second-factor');
});

test('whoever has proved something by mail may open an account instead', async () => {
  const data = { administrator: true };
  await server.services.db.user.update({ where: { id: userId }, data });
  const { page, at, claimsOf } = await begin();
  await byMail(page);

  const waiting = await openAccount(await at('create'));
  expect(stepOf(waiting)).toBe('confirm-address');
  const code = codeIn(await toNewcomer());
  const claims = await claimsOf(await agent.submit(waiting, 'confirm-address-submit', { code }));
  expect(claims).toMatchObject({ amr: ['pwd'] });
  expect(claims.sub).not.toBe(userId);
});

test('auth_time is when the last factor was proved, not when the terms were read', async () => {
  await server.services.db.user.update({
    where: { id: userId },
    data: { passwordChangeRequiredAt: clock.now() },
  });
  const { page, claimsOf } = await begin();
  const at = Math.floor(clock.now().getTime() / 1000);
  const change = await typePassword(page);
  clock.advance(600);
  const password = 'seven quiet otters drifting';
  const fields = { password, passwordAgain: password };

  const claims = await claimsOf(await agent.submit(change, 'change-password-submit', fields));
  expect(Number(claims['auth_time']) - at).toBeLessThan(60);
});

test('mail does where a session has to prove itself again before it chooses a password', async () => {
  await typePassword((await begin()).page);
  clock.advance(700);
  await server.services.db.user.update({
    where: { id: userId },
    data: { passwordChangeRequiredAt: clock.now() },
  });

  const { page } = await begin();
  expect(stepOf(page)).toBe('login');
  const change = await byMail(page);
  expect(stepOf(change)).toBe('change-password');
  expect(isGranted(await choosePassword(agent, change))).toBe(true);
});

test('attack 24: a new account whose password was changed meanwhile waits for nobody', async () => {
  const { page } = await begin({ prompt: 'create' });
  const waiting = await openAccount(page);
  const elsewhere = createAgent(server.issuer);
  const link = await elsewhere.open(linkIn(await toNewcomer()));
  await elsewhere.submit(link, 'account-link-submit', { password: PASSWORD });
  const { id = '' } = (await server.services.db.user.findUnique({ where: { email } })) ?? {};
  await setPassword(
    server.services,
    { userId: id, password: 'seven quiet otters drifting' },
    SYSTEM,
  );

  const after = await agent.browse(waiting.url);
  expect(after.body).not.toContain('confirm-address-submit');
  expect(stepOf(after)).toBe('create');
});

/** Sets another password for the person when the next transaction is over. */
function changeAfterNext() {
  const { db } = server.services;
  const open = db.$transaction.bind(db);
  const spy = jest.spyOn(db, '$transaction');
  spy.mockImplementationOnce(async (...given: Parameters<typeof open>) => {
    const result = await open(...given);
    const password = 'seven quiet otters drifting';
    await setPassword(server.services, { userId, password }, SYSTEM);
    return result;
  });
}

test.each(['passkey', 'mail'])(
  'attack 24: what ends all access ends a sign-in by %s that is under way',
  async (way) => {
    await personWithPasskey(server, person, key);
    const { page } = await begin();
    const waiting = way === 'mail' ? await askForMail({ agent, page }, person.login) : page;
    const mail =
      way === 'mail' ? await newestMailTo(server, `${person.login}@example.com`) : undefined;

    changeAfterNext();
    const after = mail
      ? await typeCode({ agent, waiting }, codeIn(mail))
      : await usePasskey(server, { agent, page }, { key });

    expect(stepOf(after)).toBe('login');
    expect(await server.services.db.session.count({ where: { userId } })).toBe(0);
  },
);
