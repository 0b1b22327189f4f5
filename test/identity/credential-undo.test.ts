// "This was not me": what the link in the mail about a change undoes, and what stays.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { addAuthenticator, offeredSeed } from '../../src/identity/second-factors/enrolment.ts';
import {
  hasSecondFactor,
  proveByAuthenticator,
  proveByRecoveryCode,
  removeSecondFactors,
} from '../../src/identity/second-factors/second-factors.ts';
import { tellOfChange } from '../../src/identity/users/credential-notice.ts';
import { isPasswordStill } from '../../src/identity/users/credentials.ts';
import { createUser, disableUser, getUser, setPassword } from '../../src/identity/users/users.ts';
import { transact } from '../../src/storage/database.ts';
import { createAgent, type Page } from '../support/agent.ts';
import { codeAt } from '../support/authenticator.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { bearer, get } from '../support/http.ts';
import { linkIn, mailsTo, newestMailTo } from '../support/mailbox.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';
import { signedIn } from '../support/victims.ts';

const OLD = 'correct horse battery staple';
const THIEFS = 'a password of the thief';
const NEW = 'seven quiet otters drifting';
const SYSTEM = { type: 'system' } as const;
const FACTS = { requestId: 'test', address: '203.0.113.7' };
const clock = clockAhead();
let server: TestServer;
let count = 0;
let login: string;
let address: string;
let userId: string;

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' }, { clock });
});

afterAll(() => server.close());

beforeEach(async () => {
  login = `person-${(count += 1)}`;
  address = `${login}@example.com`;
  ({ id: userId } = await createPerson(server, { login, password: OLD }));
});

const told = async (to = address) => linkIn(await newestMailTo(server, to, 'credential-changed'));

async function undo(link: string): Promise<Page> {
  const agent = createAgent(server.issuer);
  const page = await agent.open(link);
  return page.status === 200 ? agent.submit(page, 'undo-submit') : page;
}

const setTo = async (password: string) => {
  await setPassword(server.services, { userId, password }, SYSTEM);
  return told();
};

/** An authenticator app: its seed, and the recovery codes that came with it. */
async function setUp(occasion: string) {
  const offer = { userId, occasion };
  const seed = offeredSeed(server.services, offer);
  const code = codeAt(seed, clock.now());
  const codes = await addAuthenticator(server.services, { ...offer, code }, FACTS);
  return { seed, codes, link: await told() };
}

const rowOf = () => server.services.db.user.findUniqueOrThrow({ where: { id: userId } });
const eventsOf = (type: string) =>
  server.services.db.auditEvent.count({ where: { type, targetId: userId } });
const prove = (seed: string) => {
  clock.advance(30);
  const code = codeAt(seed, clock.now());
  return proveByAuthenticator(server.services, { userId, code }, FACTS);
};

/** The page that a sign-in with this password leads to; `login` when it is refused. */
async function pageAfterSignIn(password: string): Promise<string> {
  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  const { url } = await authorizationRequest(await relyingParty(server.issuer, id));
  const agent = createAgent(server.issuer);
  const page = await agent.submit(await agent.browse(url.href), 'login-submit', {
    login,
    password,
  });
  return page.status === 303 ? 'in' : (page.url.split('/').at(-1) ?? '');
}

test('a new password that was not theirs: everybody is out, and a newer one is chosen right there', async () => {
  const link = await setTo(THIEFS);
  const thief = await signedIn(server, { person: { login, password: THIEFS } });

  const agent = createAgent(server.issuer);
  const page = await agent.submit(await agent.open(link), 'undo-submit');

  expect(await pageAfterSignIn(THIEFS)).toBe('login');
  expect((await get(`${server.issuer}/userinfo`, bearer(thief.accessToken))).status).toBe(401);
  expect(page.body).toContain('id="new-password-submit"');
  const passwords = { password: NEW, passwordAgain: NEW };
  const done = await agent.submit(page, 'new-password-submit', passwords);
  expect(done.url).toMatch(/\/recovery\/done$/);
  expect(await pageAfterSignIn(NEW)).toBe('in');
  expect(await eventsOf('credential.change_undone')).toBe(1);
});

test('the page says what was changed, when and to whom, in their language', async () => {
  const link = await setTo(THIEFS);
  await server.services.db.user.update({ where: { id: userId }, data: { locale: 'de' } });
  const { body } = await createAgent(server.issuer).open(link);
  expect(body).toContain('Das Passwort Ihres Kontos wurde geändert.');
  expect(body).toContain(login);
  expect(body).toMatch(/<time datetime=/);
});

test('the mail says where the change came from, and leads to the history too', async () => {
  await setUp('here');
  const { text } = await newestMailTo(server, address, 'credential-changed');
  expect(text).toContain('203.0.113.7');
  expect(text).toContain(`${server.issuer}/account/security`);
});

test('an app that was added is gone, with its recovery codes', async () => {
  const { codes, link } = await setUp('here');
  await undo(link);
  expect(await hasSecondFactor(server.services, userId)).toBe(false);
  const recovery = { userId, code: codes[0] ?? '' };
  await expect(proveByRecoveryCode(server.services, recovery, FACTS)).rejects.toMatchObject({
    code: 'invalid_code',
  });
});

test('an app of before stays, and the sign-in with the new password asks for it', async () => {
  const { seed, codes } = await setUp('here');
  clock.advance(3600);

  const page = await undo(await setTo(THIEFS));

  const agent = createAgent(server.issuer);
  const passwords = { password: NEW, passwordAgain: NEW };
  await agent.submit(await agent.open(page.url), 'new-password-submit', passwords);
  expect(await pageAfterSignIn(NEW)).toBe('second-factor');
  await prove(seed);
  await proveByRecoveryCode(server.services, { userId, code: codes[0] ?? '' }, FACTS);
});

test('an app that was removed is back; one that took its place is not', async () => {
  const mine = await setUp('mine');
  clock.advance(3600);
  await removeSecondFactors(server.services, userId, SYSTEM);
  const link = await told();
  clock.advance(60);
  const theirs = await setUp('theirs');

  await undo(link);

  await expect(prove(theirs.seed)).rejects.toMatchObject({ code: 'invalid_code' });
  await prove(mine.seed);
  expect(await server.services.db.recoveryCode.count({ where: { userId } })).toBe(0);
});

test('whoever used a recovery code has the others too: none is left, and the app is', async () => {
  const { seed, codes } = await setUp('here');
  clock.advance(3600);
  await proveByRecoveryCode(server.services, { userId, code: codes[0] ?? '' }, FACTS);
  await undo(await told());
  expect(await server.services.db.recoveryCode.count({ where: { userId } })).toBe(0);
  await prove(seed);
});

/** As the page for it does: the mail goes to the address of before. */
async function moveTo(email: string): Promise<void> {
  await transact(server.services.db, async (tx) => {
    const { email: to } = await tx.user.findUniqueOrThrow({ where: { id: userId } });
    await tx.user.update({ where: { id: userId }, data: { email } });
    await tellOfChange(tx, server.services, {
      userId,
      change: 'email-changed',
      ...(to && { to }),
    });
  });
}

test('an address that was changed is back, however often it was changed since', async () => {
  const thiefs = `thief-${login}@example.com`;
  await moveTo(thiefs);
  const link = await told();
  clock.advance(60);
  await moveTo(`other-${thiefs}`);
  const linkOfThief = await told(thiefs);

  const page = await undo(link);

  expect(await rowOf()).toMatchObject({ email: address, emailVerified: true, passwordHash: null });
  expect(page.body).toContain('id="new-password-submit"');
  expect((await undo(linkOfThief)).status).toBe(404);
  expect((await rowOf()).email).toBe(address);
});

test('a login that is the address goes back with it', async () => {
  const email = `mail-${login}@example.com`;
  ({ id: userId } = await createUser(
    server.services,
    { login: email, email, password: OLD },
    SYSTEM,
  ));
  const thiefs = `thief-${email}`;
  await transact(server.services.db, async (tx) => {
    await tx.user.update({ where: { id: userId }, data: { email: thiefs, login: thiefs } });
    await tellOfChange(tx, server.services, { userId, change: 'email-changed', to: email });
  });
  await undo(await told(email));
  expect(await rowOf()).toMatchObject({ login: email, email });
});

test('where somebody else has the address by now, the account is locked, and says so', async () => {
  await moveTo(`thief-${address}`);
  const link = await told();
  await createUser(server.services, { login: `second-${login}`, email: address }, SYSTEM);

  const page = await undo(link);

  expect(page.url).toMatch(/\/undo\/done$/);
  expect(await rowOf()).toMatchObject({ email: null, passwordHash: null, emailVerified: false });
});

test('a change that another one followed is undone with it, and in whichever order', async () => {
  const first = await setTo(THIEFS);
  clock.advance(60);
  const second = await setTo(`${THIEFS} 2`);
  expect((await undo(second)).url).toContain('/recovery/');
  expect((await undo(first)).url).toContain('/recovery/');

  const third = await setTo(THIEFS);
  clock.advance(60);
  const fourth = await setTo(`${THIEFS} 2`);
  await undo(third);
  expect((await undo(fourth)).status).toBe(404);
});

test('a link for a new password, asked for by the owner, leaves the link as it is', async () => {
  const link = await setTo(THIEFS);
  const agent = createAgent(server.issuer);
  await agent.submit(await agent.open('/recovery'), 'recovery-submit', { login });
  const reset = linkIn(await newestMailTo(server, address, 'reset-password'));
  const passwords = { password: NEW, passwordAgain: NEW };
  await agent.submit(await agent.open(reset), 'new-password-submit', passwords);
  expect((await createAgent(server.issuer).open(link)).status).toBe(200);
});

test('it works for a week, and not for a person who is disabled', async () => {
  const link = await setTo(THIEFS);
  clock.advance(7 * 86_400 - 60);
  expect((await createAgent(server.issuer).open(link)).status).toBe(200);
  clock.advance(61);
  const ended = await createAgent(server.issuer).open(link);
  expect([ended.status, ended.body.includes('id="undo-recovery"')]).toEqual([404, true]);

  const next = await setTo(NEW);
  await disableUser(server.services, userId, SYSTEM);
  expect((await undo(next)).status).toBe(404);
});

test('a person without an address is told nothing, and nothing is kept for them', async () => {
  const { id } = await createUser(
    server.services,
    { login: `mute-${login}`, password: OLD },
    SYSTEM,
  );
  await setPassword(server.services, { userId: id, password: NEW }, SYSTEM);
  expect(await server.services.db.undoLink.count({ where: { userId: id } })).toBe(0);
  expect(await mailsTo(server, `mute-${login}@example.com`)).toEqual([]);
});

test('attack 24: a sign-in with the password that was taken away gets no further', async () => {
  const link = await setTo(THIEFS);
  const thiefs = await getUser(server.services, userId);
  expect(await isPasswordStill(server.services, thiefs)).toBe(true);

  await undo(link);

  expect(await isPasswordStill(server.services, thiefs)).toBe(false);
});

test('with the password goes what was to be done about it', async () => {
  const link = await setTo(THIEFS);
  const data = { passwordNeedsFactor: true, passwordChangeRequiredAt: clock.now() };
  await server.services.db.user.update({ where: { id: userId }, data });

  await undo(link);

  expect(await rowOf()).toMatchObject({
    passwordHash: null,
    passwordNeedsFactor: false,
    passwordChangeRequiredAt: null,
  });
});
