// The end of an account: asked for at /account/delete, taken back by signing in, done when it is due.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createApi } from '../../src/authorization/apis/apis.ts';
import { addAuthenticator, offeredSeed } from '../../src/identity/second-factors/enrolment.ts';
import { keepAccount, scheduleDeletion } from '../../src/identity/users/account-deletion.ts';
import { deleteDueAccounts } from '../../src/identity/users/due-deletions.ts';
import { createUser } from '../../src/identity/users/users.ts';
import { createAgent, formOf, locationOf, type Page } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { bearer, get } from '../support/http.ts';
import { linkIn, mailsTo, newestMailTo } from '../support/mailbox.ts';
import { meanwhile } from '../support/meanwhile.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { codeAt } from '../support/authenticator.ts';
import { refreshRequest, signedIn } from '../support/victims.ts';

const SYSTEM = { type: 'system' } as const;
const clock = clockAhead();
let server: TestServer;
let names = 0;
let alice: { id: string; login: string; password: string; email: string };

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' }, { clock });
});

afterAll(() => server.close());

beforeEach(async () => {
  const login = `alice${++names}`;
  const { id } = await createPerson(server, { ...ALICE, login });
  alice = { ...ALICE, id, login, email: `${login}@example.com` };
});

const db = () => server.services.db;
const stored = () => db().user.findUnique({ where: { id: alice.id } });
const events = (type: string) => db().auditEvent.count({ where: { type, targetId: alice.id } });

async function enter(path = '/account/delete', agent = createAgent(server.issuer)) {
  const page = await agent.submit(await agent.browse(path), 'login-submit', {
    login: alice.login,
    password: alice.password,
  });
  return { agent, page };
}

async function left(): Promise<Page> {
  const { agent, page } = await enter();
  return agent.submit(page, 'delete-submit', { login: ` ${alice.login.toUpperCase()} ` });
}

test('everything ends at once, a mail tells, and the account waits', async () => {
  const app = await signedIn(server, {
    person: alice,
    parameters: { scope: 'openid offline_access', prompt: 'consent' },
  });
  const { agent, page } = await enter();
  const done = await agent.submit(page, 'delete-submit', { login: alice.login });

  expect(done.body).toContain('id="delete-done"');
  expect(done.body).toContain('14 days');
  expect((await agent.browse('/account')).body).toContain('id="login-submit"');
  expect((await get(`${server.issuer}/userinfo`, bearer(app.accessToken))).status).toBe(401);
  expect((await refreshRequest(server, app.id, app.refreshToken)).status).toBe(400);
  const dueIn = (await stored())?.deletionDueAt?.getTime() ?? 0;
  expect(Math.round((dueIn - clock.now().getTime()) / 86_400_000)).toBe(14);
  expect(await events('user.deletion_scheduled')).toBe(1);
  const mail = await newestMailTo(server, alice.email, 'deletion-scheduled');
  expect(linkIn(mail)).toBe(`${server.issuer}/account`);
});

test('whoever signs in is asked first, and goes on when they keep it', async () => {
  await left();
  const { agent, page } = await enter('/account/sessions');
  expect(page.body).toContain('id="keep-account"');
  expect(new URL(page.url).pathname).toMatch(/\/keep-account$/);

  const kept = await agent.submit(page, 'keep-account');
  expect(new URL(kept.url).pathname).toBe('/account/sessions');
  expect(await stored()).toMatchObject({ deletionDueAt: null });
  expect(await events('user.deletion_cancelled')).toBe(1);
  expect(await newestMailTo(server, alice.email)).toMatchObject({ kind: 'deletion-cancelled' });
  clock.advance(15 * 86_400);
  await deleteDueAccounts(server.services);
  expect(await stored()).not.toBeNull();
});

test('whoever does not keep it is not let in, and goes back to the application', async () => {
  await left();
  const { id } = await createTestClient(server, 'spa');
  const party = await relyingParty(server.issuer, id);
  const agent = createAgent(server.issuer);
  const login = await agent.browse((await authorizationRequest(party)).url.href);
  const asked = await agent.submit(login, 'login-submit', { ...alice });
  expect(asked.body).toContain('id="keep-account"');
  const back = await agent.submit(asked, 'keep-account-cancel');
  expect(new URL(locationOf(back) ?? '').searchParams.get('error')).toBe('access_denied');
  expect(await stored()).toMatchObject({ deletionDueAt: expect.any(Date) });
});

test('attack 24: the question cannot be passed by', async () => {
  await left();
  const { agent, page } = await enter('/account');
  const here = page.url.replace(/keep-account$/, '');
  for (const step of ['', 'login', 'consent', 'second-factor', 'recovery-codes']) {
    const other = await agent.browse(`${here}${step}`);
    expect(new URL(other.url).pathname).toMatch(/\/keep-account$/);
  }
  const { fields } = formOf(page.body, 'keep-account');
  await agent.browse(`${here}consent`, { ...fields, decision: 'allow' });
  await agent.browse(`${here}login`, { ...fields, login: alice.login, password: alice.password });
  expect(await db().session.count({ where: { userId: alice.id } })).toBe(0);
  expect((await agent.browse('/account')).body).not.toContain('id="account-logout"');
  expect((await agent.open(`${here}keep-account`, { csrf: 'x' })).status).toBe(403);
  expect(await stored()).toMatchObject({ deletionDueAt: expect.any(Date) });
});

test('attack 24: nobody is asked before everything is proved', async () => {
  await left();
  const agent = createAgent(server.issuer);
  const login = await agent.browse('/account');
  const ahead = login.url.replace(/login$/, 'keep-account');
  expect(new URL((await agent.browse(ahead)).url).pathname).toMatch(/\/login$/);
  const { fields } = formOf(login.body, 'login-submit');
  await agent.browse(ahead, { csrf: String(fields['csrf']) });
  expect(await stored()).toMatchObject({ deletionDueAt: expect.any(Date) });
});

test('a second factor comes before the question', async () => {
  const offer = { userId: alice.id, occasion: 'test' };
  const seed = offeredSeed(server.services, offer);
  const code = () => codeAt(seed, clock.now());
  const facts = { requestId: 'test', address: '192.0.2.1' };
  await addAuthenticator(server.services, { ...offer, code: code() }, facts);
  clock.advance(30);
  await scheduleDeletion(server.services, alice.id, SYSTEM);
  const { agent, page } = await enter('/account');
  expect(page.body).toContain('id="second-factor-submit"');
  const asked = await agent.submit(page, 'second-factor-submit', { code: code() });
  expect(asked.body).toContain('id="keep-account"');
  expect((await agent.submit(asked, 'keep-account')).body).toContain('id="account-logout"');
});

test('a token cannot outlive the decision, wherever it was stored', async () => {
  const app = await signedIn(server, { person: alice });
  await db().user.update({ where: { id: alice.id }, data: { deletionDueAt: clock.now() } });
  expect((await get(`${server.issuer}/userinfo`, bearer(app.accessToken))).status).toBe(401);
});

test.each(['deletionDueAt', 'disabledAt'])('nor can a session: %s', async (since) => {
  const { agent } = await enter('/account');
  await db().user.update({ where: { id: alice.id }, data: { [since]: clock.now() } });
  const page = await agent.browse('/account');
  expect([page.status, page.body.includes('id="login-submit"')]).toEqual([200, true]);
});

test('it takes the own username', async () => {
  const { agent, page } = await enter();
  const refused = await agent.submit(page, 'delete-submit', { login: 'somebody' });
  expect(refused.status).toBe(422);
  expect(refused.body).toContain('id="login-fault"');
  expect(await stored()).toMatchObject({ deletionDueAt: null });
});

test('attack 25: after ten minutes it takes a fresh sign-in', async () => {
  const { agent, page } = await enter();
  const { action, fields } = formOf(page.body, 'delete-submit');
  clock.advance(601);
  const answer = await agent.browse(action, { ...fields, login: alice.login });
  expect(answer.body).toContain('id="login-submit"');
  expect(await stored()).toMatchObject({ deletionDueAt: null });
});

test('who answers for a client or an API stays, and is told for which', async () => {
  await createTestClient(server, 'spa', { ownerId: alice.id, name: 'Shop <b>' });
  const { agent, page } = await enter();
  expect(page.body).toContain('id="delete-obstacle"');
  expect(page.body).toContain('Shop &#60;b&#62;');
  expect(page.body).not.toContain('id="delete-submit"');
  const { fields } = formOf((await agent.browse('/account/profile')).body, 'profile-submit');
  const forced = await agent.browse('/account/delete', {
    csrf: String(fields['csrf']),
    login: alice.login,
  });
  expect(forced.status).toBe(409);
  expect(await stored()).toMatchObject({ deletionDueAt: null });
});

test('of administrators who leave at the same moment, the last one stays', async () => {
  await db().user.updateMany({ data: { administrator: false } });
  const people = await Promise.all(
    ['ann', 'ben', 'cy'].map((name) =>
      createUser(
        server.services,
        { login: `${name}${names}`, password: ALICE.password, administrator: true },
        SYSTEM,
      ),
    ),
  );
  // The first administrator took over what the installation owned.
  await db().client.updateMany({ data: { ownerId: null } });
  const outcomes = await Promise.allSettled(
    people.map(({ id }) => scheduleDeletion(server.services, id, SYSTEM)),
  );
  expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([
    expect.objectContaining({ reason: expect.objectContaining({ code: 'last_administrator' }) }),
  ]);
  await db().user.updateMany({ data: { administrator: false } });
});

test('what is due is deleted once, in batches, by whichever node; the record stays', async () => {
  const others = await Promise.all(
    ['x', 'y', 'z'].map((name) => createPerson(server, { ...ALICE, login: `${name}${names}` })),
  );
  const ids = [alice.id, ...others.map(({ id }) => id)];
  await db().user.updateMany({ data: { deletionDueAt: null } });
  for (const id of ids) await scheduleDeletion(server.services, id, SYSTEM);
  await keepAccount(server.services, ids[3] ?? '', SYSTEM);
  clock.advance(14 * 86_400 - 60);
  expect(await deleteDueAccounts(server.services, { batch: 2 })).toEqual({ deleted: 0 });

  clock.advance(61);
  const runs = await Promise.all(
    [0, 1, 2].map(() => deleteDueAccounts(server.services, { batch: 2 })),
  );
  expect(runs.reduce((sum, { deleted }) => sum + deleted, 0)).toBe(3);
  expect(await db().user.findMany({ where: { id: { in: ids } }, select: { id: true } })).toEqual([
    { id: ids[3] },
  ]);
  expect(await events('user.deleted')).toBe(1);
  expect(await events('user.deletion_scheduled')).toBe(1);
  expect(await mailsTo(server, alice.email)).toEqual([]);
});

test('who became an owner meanwhile is not deleted, and holds up nobody', async () => {
  const { id } = await createPerson(server, { ...ALICE, login: `zoe${names}` });
  await createApi(
    server.services,
    { identifier: `urn:example:${names}`, permissions: [{ name: 'a:b' }], ownerId: alice.id },
    SYSTEM,
  );
  const dueAt = clock.now();
  await db().user.updateMany({
    where: { id: { in: [alice.id, id] } },
    data: { deletionDueAt: dueAt },
  });
  expect(await deleteDueAccounts(server.services, { batch: 1 })).toEqual({ deleted: 1 });
  expect(await stored()).not.toBeNull();
  expect(server.log.some((line) => line.includes('cannot be deleted yet'))).toBe(true);
});

test('twice is once, and nobody is given anything to answer for who is about to leave', async () => {
  const first = await scheduleDeletion(server.services, alice.id, SYSTEM);
  clock.advance(60);
  expect(await scheduleDeletion(server.services, alice.id, SYSTEM)).toEqual(first);
  expect(await events('user.deletion_scheduled')).toBe(1);
  await expect(createTestClient(server, 'spa', { ownerId: alice.id })).rejects.toMatchObject({
    code: 'owner_unknown',
  });
});

test('a sign-in that is under way meanwhile lets nobody in who has not said that they stay', async () => {
  const agent = createAgent(server.issuer);
  const login = await agent.browse('/account');
  meanwhile(server.services.passwordHashing, 'verify', () =>
    scheduleDeletion(server.services, alice.id, SYSTEM),
  );
  const person = { login: alice.login, password: alice.password };
  const again = await agent.submit(login, 'login-submit', person);
  expect(again.url).toMatch(/\/login$/);
  expect(await db().session.count({ where: { userId: alice.id } })).toBe(0);
  expect((await agent.submit(again, 'login-submit', person)).url).toMatch(/\/keep-account$/);
});
