// Another email address: asked for at /account/email, confirmed by links at both addresses.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { disableUser } from '../../src/identity/users/users.ts';
import { issueLink } from '../../src/identity/one-time-links/one-time-links.ts';
import { purgeExpired } from '../../src/operations/jobs/purge.ts';
import { transact } from '../../src/storage/database.ts';
import { type Agent, createAgent, formOf, type Page } from '../support/agent.ts';
import { clockAhead } from '../support/clock.ts';
import { codeIn, linkIn, mailsTo, newestMailTo } from '../support/mailbox.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const clock = clockAhead();
let server: TestServer;
let names = 0;
let alice: { id: string; login: string; email: string };
let moved: string;

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' }, { clock });
});

afterAll(() => server.close());

beforeEach(async () => {
  const { id, login, email } = await createPerson(server, { ...ALICE, login: `alice${++names}` });
  alice = { id, login, email: email ?? '' };
  moved = `${login}@new.example`;
});

const db = () => server.services.db;
const stored = () => db().user.findUniqueOrThrow({ where: { id: alice.id } });
const verify = () => db().user.update({ where: { id: alice.id }, data: { emailVerified: true } });
const events = (type: string) => db().auditEvent.count({ where: { type, actorId: alice.id } });

async function atEmail(agent = createAgent(server.issuer)) {
  const login = await agent.browse('/account/email');
  const page = await agent.submit(login, 'login-submit', {
    login: alice.login,
    password: ALICE.password,
  });
  return { agent, page };
}

/** Verified, signed in, and the change asked for. */
async function asked() {
  await verify();
  const { agent, page } = await atEmail();
  const pending = await agent.submit(page, 'email-submit', { email: ` ${moved.toUpperCase()} ` });
  return { agent, pending, links: await links() };
}

async function links() {
  const [toNew] = await mailsTo(server, moved);
  const [toOld] = await mailsTo(server, alice.email);
  return { new: toNew && linkIn(toNew), old: toOld && linkIn(toOld) };
}

/** In a browser of somebody who only has the mail. */
async function follow(link: string | undefined, button = 'email-change-confirm'): Promise<Page> {
  const reader = createAgent(server.issuer);
  return reader.submit(await reader.browse(link ?? ''), button);
}

test.each([
  ['new', 'old'],
  ['old', 'new'],
] as const)(
  'the %s address confirms, then the %s one: only then it changes',
  async (first, second) => {
    const { agent, pending, links: mailed } = await asked();
    expect(pending.body).toContain('id="email-pending"');
    expect((await stored()).email).toBe(alice.email);

    expect((await follow(mailed[first])).body).toContain('One confirmation is still missing');
    expect((await stored()).email).toBe(alice.email);
    const waiting = await agent.browse('/account/email');
    expect(waiting.body).toContain(`<li><bdi>${second === 'new' ? moved : alice.email}</bdi>`);

    expect((await follow(mailed[second])).body).toContain('Your address is changed');
    expect(await stored()).toMatchObject({ email: moved, emailVerified: true, login: alice.login });
    expect((await agent.open('/account')).status).toBe(200);
    expect(await newestMailTo(server, alice.email)).toMatchObject({ kind: 'credential-changed' });
    expect(await events('user.email_changed')).toBe(1);
  },
);

test('who has no verified address confirms the new one alone, and the old one hears nothing', async () => {
  const { agent, page } = await atEmail();
  await agent.submit(page, 'email-submit', { email: moved });
  expect(await mailsTo(server, alice.email)).toEqual([]);
  const mail = await newestMailTo(server, moved);
  expect(mail.text).not.toContain(alice.email);
  expect((await follow(linkIn(mail))).body).toContain('Your address is changed');
  expect((await stored()).email).toBe(moved);
  expect(await mailsTo(server, alice.email)).toEqual([]);
});

test('who verified the address meanwhile is not moved without it', async () => {
  const { agent, page } = await atEmail();
  await agent.submit(page, 'email-submit', { email: moved });
  await verify();
  const reader = createAgent(server.issuer);
  expect((await reader.browse(linkIn(await newestMailTo(server, moved)))).status).toBe(404);
  expect((await stored()).email).toBe(alice.email);
});

test('who signs in with the address signs in with the new one', async () => {
  await db().user.update({ where: { id: alice.id }, data: { login: alice.email } });
  alice = { ...alice, login: alice.email };
  const { links: mailed } = await asked();
  await follow(mailed.new);
  await follow(mailed.old);
  expect((await stored()).login).toBe(moved);
});

test('the old address stops it, and both links are dead', async () => {
  const { agent, links: mailed } = await asked();
  const [mail] = await mailsTo(server, alice.email);
  const [, cancellation = ''] = mail?.text.match(/https?:\S+/g) ?? [];
  expect(cancellation).toMatch(/\/cancellation$/);

  expect((await follow(cancellation, 'email-change-cancel')).body).toContain(
    'The change is stopped',
  );
  for (const link of [mailed.new, mailed.old, cancellation]) {
    expect((await createAgent(server.issuer).browse(link ?? '')).status).toBe(404);
  }
  expect((await agent.browse('/account/email')).body).not.toContain('email-pending');
  expect(await events('user.email_change_cancelled')).toBe(1);
});

test('the person stops it on their page', async () => {
  const { agent, pending, links: mailed } = await asked();
  const page = await agent.submit(pending, 'email-cancel');
  expect(page.body).not.toContain('email-pending');
  expect((await createAgent(server.issuer).browse(mailed.new ?? '')).status).toBe(404);
});

test('the new address stops nothing', async () => {
  const { links: mailed } = await asked();
  const reader = createAgent(server.issuer);
  const page = await reader.browse(mailed.new ?? '');
  expect((await reader.browse(`${mailed.new}/cancellation`)).status).toBe(404);
  const { fields } = formOf(page.body, 'email-change-confirm');
  expect((await reader.browse(`${mailed.new}/cancellation`, fields)).status).toBe(404);
  expect(await db().emailChange.count({ where: { userId: alice.id } })).toBe(1);
});

test('an address that is somebody else’s is mailed to like any other, and refused at the end', async () => {
  const bob = await createPerson(server, { ...ALICE, login: `bob${names}` });
  moved = bob.email ?? '';
  const { pending, links: mailed } = await asked();
  expect(pending.body).toContain('id="email-pending"');
  await follow(mailed.old);
  const refused = await follow(mailed.new);
  expect(refused.status).toBe(409);
  expect(refused.body).toContain('email_unavailable');
  expect((await stored()).email).toBe(alice.email);
  expect(await db().emailChange.count({ where: { userId: alice.id } })).toBe(0);
  expect(await events('user.email_change_refused')).toBe(1);
});

test('what is no address, and the present one, are told beside the field', async () => {
  const { agent, page } = await atEmail();
  for (const email of ['nobody', '', alice.email, 'a@b.example\r\nBcc: x@y.example']) {
    const refused = await agent.submit(page, 'email-submit', { email });
    expect(refused.status).toBe(422);
    expect(refused.body).toContain('id="email-fault"');
  }
  expect(await db().emailChange.count({ where: { userId: alice.id } })).toBe(0);
});

test('an address is verified here, by the code or by the link', async () => {
  const { agent, page } = await atEmail();
  const sent = await agent.submit(page, 'email-verify');
  expect(sent.body).toContain('id="email-sent"');
  const wrong = await agent.submit(sent, 'email-code-submit', { code: '00000000' });
  expect(wrong.status).toBe(422);
  expect(wrong.body).toContain('id="code-fault"');
  const code = codeIn(await newestMailTo(server, alice.email, 'verify-email'));
  const done = await agent.submit(sent, 'email-code-submit', { code });
  expect(done.body).not.toContain('email-verify');
  expect((await stored()).emailVerified).toBe(true);
});

test('attack 30: a changed address ends the links that were mailed before', async () => {
  await verify();
  const { services } = server;
  const link = { userId: alice.id, email: alice.email, seconds: 3600 };
  const { token } = await transact(db(), (tx) =>
    issueLink(tx, services, { ...link, purpose: 'reset-password' }),
  );
  const { links: mailed } = await asked();
  await follow(mailed.new);
  await follow(mailed.old);
  expect((await createAgent(server.issuer).browse(`/recovery/${token}`)).status).toBe(404);
});

test('attack 30: a link works once, of many at the same moment too, and a scanner uses nothing up', async () => {
  const { links: mailed } = await asked();
  for (let i = 0; i < 3; i++) await createAgent(server.issuer).browse(mailed.new ?? '');
  const answers = await Promise.all(
    [mailed.new, mailed.new, mailed.new, mailed.old, mailed.old, mailed.old].map((link) =>
      attempt(link ?? ''),
    ),
  );
  expect(answers.toSorted((a, b) => a - b)).toEqual([200, 200, 404, 404, 404, 404]);
  expect((await stored()).email).toBe(moved);
  expect(await events('user.email_changed')).toBe(1);
});

/** The status of pressing the button, wherever the page says that it is too late. */
async function attempt(link: string): Promise<number> {
  const reader: Agent = createAgent(server.issuer);
  const page = await reader.browse(link);
  if (page.status !== 200) return page.status;
  return (await reader.submit(page, 'email-change-confirm')).status;
}

test('attack 30: an older change, one of yesterday, and one of a disabled person are dead', async () => {
  const { agent, pending, links: mailed } = await asked();
  const first = mailed.new ?? '';
  await agent.submit(pending, 'email-submit', { email: moved });
  expect((await createAgent(server.issuer).browse(first)).status).toBe(404);

  const second = (await links()).new ?? '';
  expect((await createAgent(server.issuer).browse(second)).status).toBe(200);
  await disableUser(server.services, alice.id, { type: 'system' });
  expect((await createAgent(server.issuer).browse(second)).status).toBe(404);
});

test('attack 30: after a day a link is dead, and later its row is gone', async () => {
  const { links: mailed } = await asked();
  clock.advance(86_401);
  expect((await createAgent(server.issuer).browse(mailed.new ?? '')).status).toBe(404);
  clock.advance(3600);
  await purgeExpired({ db: db(), clock });
  expect(await db().emailChange.count({ where: { userId: alice.id } })).toBe(0);
});

test('attack 25: after ten minutes it takes a fresh sign-in', async () => {
  const { agent, page } = await atEmail();
  const { action, fields } = formOf(page.body, 'email-submit');
  clock.advance(601);
  const answer = await agent.browse(action, { ...fields, email: moved });
  expect(answer.body).toContain('id="login-submit"');
  expect(await db().emailChange.count({ where: { userId: alice.id } })).toBe(0);
});

test('attack 22: none of the forms is taken from another site', async () => {
  const { agent, pending, links: mailed } = await asked();
  const { fields } = formOf(pending.body, 'email-submit');
  const forged = { ...fields, csrf: 'x', email: 'mallory@example.com', code: '1' };
  for (const path of ['', '/cancellation', '/verification', '/verification/code']) {
    expect((await agent.open(`/account/email${path}`, forged)).status).toBe(403);
  }
  for (const link of [mailed.new, mailed.old, `${mailed.old}/cancellation`]) {
    expect((await createAgent(server.issuer).open(link ?? '', forged)).status).toBe(403);
  }
  expect((await stored()).email).toBe(alice.email);
});

test('attack 37: the links lead to the issuer, whatever host was named', async () => {
  const { links: mailed } = await asked();
  expect(new URL(mailed.new ?? '').origin).toBe(server.issuer);
});
