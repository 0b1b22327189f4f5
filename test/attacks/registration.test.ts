// Attacks 27, 29, 38 and 43 at the door where people open accounts.
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { invite } from '../../src/identity/registration/invitations.ts';
import { createUser, setPassword } from '../../src/identity/users/users.ts';
import { RATE_LIMITS } from '../../src/operations/rate-limit-table.ts';
import { type Agent, createAgent, formOf, type Page } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { codeIn, linkIn, mailsTo, newestMailTo } from '../support/mailbox.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const PASSWORD = 'seven quiet otters drifting';
const SYSTEM = { type: 'system' } as const;
const VICTIM = { login: 'victim', password: 'a password of somebody else' };
const OWNER = 'victim@example.com';

let server: TestServer;
let clientId: string;
let addresses = 0;

beforeAll(async () => {
  server = await startServer({ TRUSTED_PROXIES: '127.0.0.1' });
  await createPerson(server, VICTIM);
  ({ id: clientId } = await createTestClient(server, 'spa'));
});

beforeEach(async () => {
  await server.services.db.rateLimit.deleteMany();
});

afterAll(() => server.close());

async function formPage(agent: Agent): Promise<Page> {
  const party = await relyingParty(server.issuer, clientId);
  return agent.browse((await authorizationRequest(party, { prompt: 'create' })).url.href);
}

/** From an address of its own, so that no limit but that of the mail address counts. */
function newAddress() {
  addresses += 1;
  return {
    'x-forwarded-for': `10.7.${Math.floor(addresses / 200)}.${(addresses % 200) + 1}`,
    'x-forwarded-proto': 'http',
  };
}

async function send(page: Page, agent: Agent, fields: Record<string, string | string[]>) {
  const { action, fields: hidden } = formOf(page.body, 'create-submit');
  return agent.open(action, { ...hidden, password: PASSWORD, ...fields }, newAddress());
}

/** What a caller sees, by one who has seen the page before. */
async function ask(email: string, fields: Record<string, string> = {}) {
  const agent = createAgent(server.issuer);
  const answer = await send(await formPage(agent), agent, { email, ...fields });
  const next = answer.headers.get('location') ?? '';
  const page = next ? await agent.open(next) : answer;
  return { agent, answer, page };
}

const userCount = () => server.services.db.user.count();

function seen({ answer, page }: { answer: Page; page: Page }, email: string) {
  const plain = (text: string) =>
    text
      .replaceAll(email, 'EMAIL')
      .replaceAll(/interaction\/[\w-]+/g, 'interaction/UID')
      .replaceAll(/name="csrf" value="[^"]*"/g, 'CSRF');
  const headers = [...answer.headers].filter(
    ([name]) => !/^(date|x-request-id|content-length|set-cookie)$/.test(name),
  );
  return {
    status: [answer.status, page.status],
    headers: headers.map(([name, value]) => [name, plain(value)]),
    cookies: answer.headers
      .getSetCookie()
      .map((line) => line.replace(/=[^;]*/, '').replace(/expires=[^;]*/, '')),
    body: plain(page.body),
  };
}

test('attack 27: an address that has an account is answered like any other', async () => {
  const known = await ask(OWNER);
  const unknown = await ask('nobody-yet@example.com');
  expect(seen(known, OWNER)).toEqual(seen(unknown, 'nobody-yet@example.com'));
  expect(known.page.body).toContain('id="confirm-address-submit"');

  for (const { agent, page } of [known, unknown]) {
    const wrong = await agent.submit(page, 'confirm-address-submit', { code: '00000000' });
    expect(wrong.status).toBe(422);
    const again = await agent.submit(page, 'confirm-address-again');
    expect(again.status).toBe(200);
  }
});

test('attack 27: so it is when the address is asked for too often', async () => {
  const holder = { ...VICTIM, login: 'another-holder' };
  await createPerson(server, holder);
  const answers = async (email: string) => {
    const all = [];
    for (let i = 0; i <= RATE_LIMITS.newAccountByMail.points; i++)
      all.push((await ask(email)).answer.status);
    return all;
  };
  const statuses = await answers('nobody-then@example.com');
  expect(statuses.at(-1)).toBe(429);
  expect(await answers(`${holder.login}@example.com`)).toEqual(statuses);
});

test('attack 27: the owner is told, and nobody else; nothing of theirs changes', async () => {
  const before = await server.services.db.user.findUniqueOrThrow({ where: { email: OWNER } });
  const mailsBefore = (await mailsTo(server, OWNER)).length;
  await ask(OWNER.toUpperCase(), { name: 'Mallory' });
  expect((await mailsTo(server, OWNER)).length).toBe(mailsBefore + 1);
  const mail = await newestMailTo(server, OWNER, 'account-exists');
  expect(mail.text).toContain('/recovery');
  expect(mail.text + mail.html).not.toMatch(/Mallory|create-account|\b\d{8}\b/);
  expect(await server.services.db.user.findUniqueOrThrow({ where: { email: OWNER } })).toEqual(
    before,
  );
});

const TRIES = 60;

test('attack 27: it takes as long for an address that has an account', async () => {
  const people = Array.from({ length: TRIES }, (_, i) => `holder-${i}@example.com`);
  const { db, passwordHashing } = server.services;
  const passwordHash = await passwordHashing.hash('one password for all of them');
  await db.user.createMany({
    data: people.map((email) => ({ login: email, email, passwordHash, locale: 'en' })),
  });
  const agent = createAgent(server.issuer);
  const page = await formPage(agent);
  const timed = async (email: string) => {
    const before = performance.now();
    const { status } = await send(page, agent, { email });
    expect(status).toBe(303);
    return performance.now() - before;
  };
  const known: number[] = [];
  const unknown: number[] = [];
  for (const [i, email] of people.entries()) {
    if (i % 2) known.push(await timed(email));
    unknown.push(await timed(`un${email}`));
    if (i % 2 === 0) known.push(await timed(email));
  }
  const uncertaintyMs = 3 * Math.hypot(errorOf(known), errorOf(unknown));
  expect(Math.abs(median(known) - median(unknown))).toBeLessThan(5 + uncertaintyMs);
}, 120_000);

const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** The standard error of a median, from the median deviation. */
function errorOf(values: number[]): number {
  const middle = median(values);
  const deviation = median(values.map((value) => Math.abs(value - middle)));
  return (1.25 * 1.48 * deviation) / Math.sqrt(values.length);
}

test('attack 38: what nobody asked for in the form is not taken', async () => {
  const email = 'greedy@example.com';
  const extra = {
    emailVerified: 'true',
    email_verified: 'true',
    administrator: 'true',
    roles: 'admin',
    id: '00000000-0000-7000-8000-000000000000',
    login: 'root',
    locale: 'tlh',
    disabledAt: '',
    passwordHash: '$argon2id$v=19$m=7168,t=5,p=1$AAAA$AAAA',
    userId: '1',
    confirmedAt: '2026-01-01',
    'constructor[prototype][administrator]': 'true',
    __proto__: 'x',
  };
  const { agent, page } = await ask(email, extra);
  expect(await server.services.db.user.count({ where: { email } })).toBe(0);
  const code = codeIn(await newestMailTo(server, email));
  await agent.submit(page, 'confirm-address-submit', { code, ...extra });
  const user = await server.services.db.user.findUniqueOrThrow({ where: { email } });
  expect(user).toMatchObject({
    login: email,
    administrator: false,
    locale: 'en',
    disabledAt: null,
  });
  expect(user.id).not.toBe(extra.id);
  expect(user.passwordHash).not.toBe(extra.passwordHash);
});

test('attack 29: an address that merely looks like another is none, and nobody is asked', async () => {
  const before = await userCount();
  const mails = (await mailsTo(server, OWNER)).length;
  for (const email of [
    'vіctim@example.com', // a Cyrillic і
    'victim@exаmple.com', // a Cyrillic а
    'victim@example.com\u200b.evil.example',
    'ｖictim＠example.com',
    'victim@example.com,mallory@evil.example',
    'victim@example.com mallory@evil.example',
    'victim@example.com\r\nBcc: mallory@evil.example',
    '"victim@example.com"@evil.example',
    'victim@[127.0.0.1]',
    `${'v'.repeat(300)}@example.com`,
  ]) {
    const { answer } = await ask(email);
    expect([email, answer.status]).toEqual([email, 422]);
  }
  expect(await userCount()).toBe(before);
  expect(await mailsTo(server, OWNER)).toHaveLength(mails);
}, 120_000);

test('attack 29: dots and plus signs make other addresses, and each is proved by its own mail', async () => {
  for (const email of ['v.ictim@example.com', 'victim+x@example.com']) {
    const { agent, page } = await ask(email);
    const code = codeIn(await newestMailTo(server, email, 'verify-email'));
    await agent.submit(page, 'confirm-address-submit', { code });
    const user = await server.services.db.user.findUniqueOrThrow({ where: { email } });
    expect(user.email).toBe(email);
  }
  const victim = await server.services.db.user.findUniqueOrThrow({ where: { email: OWNER } });
  expect(victim.login).toBe(VICTIM.login);
});

test('attack 29: NUL, a megabyte and lists are refused in time', async () => {
  const agent = createAgent(server.issuer);
  const page = await formPage(agent);
  const email = 'odd@example.com';
  expect((await send(page, agent, { email, password: `${PASSWORD}\0` })).status).toBe(400);
  expect((await send(page, agent, { email: [email, email] })).status).toBe(400);
  expect((await send(page, agent, { email, password: 'x'.repeat(4000) })).status).toBe(422);
  expect((await send(page, agent, { email, name: '\u202egnp.exe' })).status).toBe(422);
  expect(await statusOfLargeForm(formOf(page.body, 'create-submit').action)).toBe(413);
  expect(await server.services.db.pendingRegistration.count({ where: { email } })).toBe(0);
});

function statusOfLargeForm(action: string): Promise<number | undefined> {
  const body = `password=${'x'.repeat(1_000_000)}`;
  return new Promise((resolve, reject) => {
    const sent = httpRequest(new URL(action, server.issuer), {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': body.length,
      },
    });
    sent.on('response', (response) => {
      resolve(response.statusCode);
      sent.destroy();
    });
    sent.on('error', reject);
    sent.write(body.slice(0, 1000));
  });
}

test('attack 43: one address leaves so many rows, and no more', async () => {
  const agent = createAgent(server.issuer);
  const page = await formPage(agent);
  const { action, fields } = formOf(page.body, 'create-submit');
  const before = await server.services.db.pendingRegistration.count();
  const flooder = newAddress();
  const { points } = RATE_LIMITS.newAccountByAddress;
  const statuses = [];
  for (let i = 0; i < points + 3; i++) {
    const email = `flood-${i}@example.com`;
    const answer = await agent.open(action, { ...fields, email, password: PASSWORD }, flooder);
    statuses.push(answer.status);
  }
  expect(statuses.filter((status) => status === 303)).toHaveLength(points);
  expect(statuses.slice(points)).toEqual([429, 429, 429]);
  expect(await server.services.db.pendingRegistration.count()).toBe(before + points);
}, 60_000);

test('attack 30: a code is worth nothing after five guesses, nor in another browser', async () => {
  const email = 'guessed@example.com';
  const { agent, page } = await ask(email);
  const code = codeIn(await newestMailTo(server, email));
  for (let i = 0; i < 5; i++)
    await agent.submit(page, 'confirm-address-submit', { code: `0000000${i}` });
  expect((await agent.submit(page, 'confirm-address-submit', { code })).status).toBe(422);

  const other = createAgent(server.issuer);
  const { action, fields } = formOf(page.body, 'confirm-address-submit');
  expect((await other.open(action, { ...fields, code })).status).toBe(403);
  expect(await server.services.db.user.count({ where: { email } })).toBe(0);
});

test('attack 30: whoever follows a link that a stranger caused opens no account for them', async () => {
  const email = 'lured@example.com';
  await ask(email);
  const lured = createAgent(server.issuer);
  const confirm = await lured.open(linkIn(await newestMailTo(server, email)));
  for (const password of ['', VICTIM.password]) {
    const page = await lured.submit(confirm, 'account-link-submit', { password });
    expect(page.status).toBe(422);
  }
  expect(await server.services.db.user.count({ where: { email } })).toBe(0);

  const own = await ask(email);
  const code = codeIn(await newestMailTo(server, email));
  await own.agent.submit(own.page, 'confirm-address-submit', { code });
  expect(await server.services.db.user.count({ where: { email } })).toBe(1);
});

test('attack 21: an interaction that was planted in a browser gives its planter no sign-in', async () => {
  const email = 'planted@example.com';
  const planter = createAgent(server.issuer);
  const planted = await formPage(planter);
  const victim = createAgent(server.issuer);
  await victim.open('/recovery'); // has a cookie of its own for its forms
  victim.cookies.push(
    ...planter.cookies.filter(({ name }) => /latchkey_(interaction|resume)/.test(name)),
  );
  const form = await victim.open(planted.url);
  const waiting = await victim.submit(form, 'create-submit', { email, password: PASSWORD });
  expect(waiting.body).toContain('id="confirm-address-submit"');
  const code = codeIn(await newestMailTo(server, email));

  const stolen = await planter.open(planted.url.replace(/create$/, 'confirm-address'));
  expect(stolen.status).toBe(404);
  await victim.submit(waiting, 'confirm-address-submit', { code });
  const resumed = await planter.browse(planted.url.replace(/\/create$/, ''));
  expect(resumed.status).toBe(404);
});

test('attack 22: a form without the token of its browser opens nothing', async () => {
  const agent = createAgent(server.issuer);
  const page = await formPage(agent);
  const email = 'forged@example.com';
  expect((await send(page, agent, { email, csrf: 'made-up' })).status).toBe(403);
  expect(await mailsTo(server, email)).toEqual([]);
});

test('somebody may not take the address of another as a login', async () => {
  const email = 'someone@example.com';
  await createUser(server.services, { login: 'someone', email }, SYSTEM);
  const { agent, page } = await ask(email);
  await agent.submit(page, 'confirm-address-submit', { code: '12345678' });
  expect(await server.services.db.user.count({ where: { login: email } })).toBe(0);
});

test('attack 21: the browser that began does not go on once everything of the person has ended', async () => {
  const email = 'begun-here@example.com';
  const { agent, page } = await ask(email);
  const elsewhere = createAgent(server.issuer);
  const link = await elsewhere.open(linkIn(await newestMailTo(server, email)));
  await elsewhere.submit(link, 'account-link-submit', { password: PASSWORD });
  const waiting = await agent.open(page.url);
  expect(waiting.body).toContain('id="address-confirmed-continue"');
  const { id } = await server.services.db.user.findUniqueOrThrow({ where: { email } });

  await setPassword(server.services, { userId: id, password: 'another long passphrase' }, SYSTEM);

  const answer = await agent.submit(waiting, 'address-confirmed-continue');
  expect(answer.url).toMatch(/\/(create|login)$/);
  expect(await server.services.db.session.count({ where: { userId: id } })).toBe(0);
});

test('an invitation to an address that opens an account by itself is over', async () => {
  const email = 'invited-too@example.com';
  await invite(server.services, { email, days: 7 }, SYSTEM);
  const invitation = linkIn(await newestMailTo(server, email));
  const { agent, page } = await ask(email);
  const code = codeIn(await newestMailTo(server, email, 'verify-email'));
  await agent.submit(page, 'confirm-address-submit', { code });
  expect((await createAgent(server.issuer).open(invitation)).status).toBe(404);
  expect(await server.services.db.invitation.count()).toBe(0);
});
