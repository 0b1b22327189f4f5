// Attacks on what is mailed: who has an account (27), and links and codes that are used twice, fetched by scanners, led
// elsewhere, guessed, or kept for an address that is no longer the person's (30); and steps that are skipped (24).
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  sendVerification,
  verifyByCode,
} from '../../src/identity/email-verification/email-verification.ts';
import { completeRecovery } from '../../src/identity/recovery/recovery.ts';
import { requireLink } from '../../src/identity/one-time-links/one-time-links.ts';
import { createAgent, formOf, type Page } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { codeIn, linkIn, mailsTo, newestMailTo } from '../support/mailbox.ts';
import { sendRaw, statusesOf } from '../support/raw-http.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const OLD = 'correct horse battery staple';
const NEW = 'seven quiet otters drifting';
const FACTS = { requestId: 'request-1', address: '192.0.2.1' };

let server: TestServer;
let count = 0;
let login: string;
let address: string;
let userId: string;

beforeAll(async () => {
  server = await startServer();
});

beforeEach(async () => {
  await server.services.db.rateLimit.deleteMany();
  login = `person-${(count += 1)}`;
  address = `${login}@example.com`;
  ({ id: userId } = await createPerson(server, { login, password: OLD }));
});

afterAll(() => server.close());

async function ask(name: string, { issuer } = server): Promise<Page> {
  const agent = createAgent(issuer);
  const { action, fields } = formOf((await agent.open('/recovery')).body, 'recovery-submit');
  return agent.open(action, { ...fields, login: name });
}

async function resetLink(): Promise<string> {
  await ask(login);
  return linkIn(await newestMailTo(server, address, 'reset-password'));
}

async function choose(link: string, password = NEW): Promise<Page> {
  const agent = createAgent(server.issuer);
  const page = await agent.open(link);
  if (page.status !== 200) return page;
  const passwords = { password, passwordAgain: password };
  return agent.submit(page, 'new-password-submit', passwords);
}

const hashOf = async () =>
  (await server.services.db.user.findUnique({ where: { id: userId } }))?.passwordHash;
const openReset = (link: string) =>
  requireLink(
    server.services,
    { purpose: 'reset-password', token: link.split('/').at(-1) ?? '' },
    FACTS,
  );

describe('attack 27: who has an account', () => {
  test('attack 27: the answer is the same for everybody, in text, status and headers', async () => {
    const disabled = await createPerson(server, { login: `${login}-away`, password: OLD });
    await server.services.db.user.update({
      where: { id: disabled.id },
      data: { disabledAt: new Date() },
    });
    const answers = [];
    for (const name of [
      login,
      address,
      `${login}-away`,
      'nobody',
      'nobody@example.com',
      '\u202e',
    ]) {
      const { status, headers, body } = await ask(name);
      const told = ['location', 'content-type', 'cache-control', 'set-cookie'];
      answers.push([status, ...told.map((header) => headers.get(header)), body.length]);
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.slice(0, 2)).toEqual([303, '/recovery/sent']);
  });

  test('attack 27: it takes the same time', async () => {
    const agent = createAgent(server.issuer);
    const { action, fields } = formOf((await agent.open('/recovery')).body, 'recovery-submit');
    const shortest = { known: Infinity, unknown: Infinity };
    for (let round = 0; round < 9; round++) {
      await server.services.db.rateLimit.deleteMany();
      for (const kind of ['known', 'unknown'] as const) {
        const startedAt = performance.now();
        await agent.open(action, {
          ...fields,
          login: kind === 'known' ? login : `nobody-${round}`,
        });
        // The least tells most: whatever else the machine does only adds.
        shortest[kind] = Math.min(shortest[kind], performance.now() - startedAt);
      }
    }
    expect(Math.abs(shortest.known - shortest.unknown)).toBeLessThan(5);
    // Longer than either way takes, so that a slower machine does not bring the difference back.
    expect(Math.min(shortest.known, shortest.unknown)).toBeGreaterThan(245);
  });

  test('attack 27: nor does the limit of an account tell, and its owner still has a link that works', async () => {
    const limited = [];
    for (let i = 0; i < 7; i++) {
      limited.push(await ask(login), await ask('nobody'));
    }
    expect(new Set(limited.map(({ status }) => status))).toEqual(new Set([303]));
    expect(await mailsTo(server, address)).toHaveLength(5);
    const link = linkIn(await newestMailTo(server, address, 'reset-password'));
    expect((await choose(link)).status).toBe(200);
  });
});

describe('attack 30: links', () => {
  test('attack 30: a scanner that follows the link, however often, uses nothing up', async () => {
    const link = await resetLink();
    for (let i = 0; i < 3; i++) {
      expect((await fetch(link)).status).toBe(200);
      expect((await fetch(link, { method: 'HEAD' })).status).toBe(200);
    }
    expect(await hashOf()).toMatch(/^\$argon2id/);
    expect((await choose(link)).status).toBe(200);
  });

  test('attack 30: a link works once, also when it is used many times at once', async () => {
    const link = await resetLink();
    const opened = await openReset(link);
    const attempts = Array.from({ length: 8 }, (_, i) =>
      completeRecovery(server.services, { link: opened, password: `${NEW} ${i}` }, FACTS),
    );
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refusals = outcomes.flatMap((one) =>
      one.status === 'rejected' ? [one.reason.code] : [],
    );
    expect(new Set(refusals)).toEqual(new Set(['link_invalid']));
    const where = { type: 'user.password_set', targetId: userId };
    expect(await server.services.db.auditEvent.count({ where })).toBe(1);

    const before = await hashOf();
    expect((await choose(link, `${NEW} once more`)).status).toBe(404);
    expect(await hashOf()).toBe(before);
  });

  test('attack 30: a link is good for its purpose alone', async () => {
    await sendVerification(server.services, userId, { actor: { type: 'system' } });
    const link = linkIn(await newestMailTo(server, address, 'verify-email'));
    const reset = (await resetLink()).replace('/recovery/', '/verify-email/');
    expect((await choose(link.replace('/verify-email/', '/recovery/'))).status).toBe(404);
    expect((await createAgent(server.issuer).open(reset)).status).toBe(404);
  });

  test('attack 30: the mail goes to the address on record, not to one that looks like it', async () => {
    await server.services.db.user.update({
      where: { id: userId },
      data: { email: `mike-${login}@example.org` },
    });
    await ask(`mıke-${login}@example.org`); // a dotless i, which upper case would make the same
    await ask(`MIKE-${login}@EXAMPLE.ORG`);
    expect(await mailsTo(server, `mike-${login}@example.org`)).toHaveLength(1);
    expect(await server.services.db.mail.count({ where: { recipient: { contains: 'ı' } } })).toBe(
      0,
    );
  });

  test.each([
    ['Host: evil.example', 421],
    ['X-Forwarded-Host: evil.example', 303],
    ['Forwarded: host=evil.example', 303],
  ])('attack 30: %s does not lead the link elsewhere', async (line, expected) => {
    const agent = createAgent(server.issuer);
    const { fields } = formOf((await agent.open('/recovery')).body, 'recovery-submit');
    const { host } = new URL(server.issuer);
    const body = new URLSearchParams({ csrf: String(fields['csrf']), login }).toString();
    const request = [
      'POST /recovery HTTP/1.1',
      ...(line.startsWith('Host:') ? [line] : [`Host: ${host}`, line]),
      `Cookie: ${agent.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')}`,
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${body.length}`,
      'Connection: close',
      '',
      body,
    ];
    expect(statusesOf(await sendRaw(server.issuer, request.join('\n')))).toEqual([expected]);
    const mails = await mailsTo(server, address);
    expect(mails).toHaveLength(expected === 303 ? 1 : 0);
    for (const mail of mails) {
      expect(new URL(linkIn(mail)).origin).toBe(server.issuer);
      expect(mail.text + mail.html).not.toContain('evil.example');
    }
  });

  test('attack 30: the page of a link is kept by no cache, and tells its address to nobody', async () => {
    const { headers, body } = await createAgent(server.issuer).open(await resetLink());
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('strict-origin');
    expect(body).not.toMatch(/(?:href|src)="https?:/);
  });

  test('attack 30: once the person has another address, the link to the old one is worthless', async () => {
    const link = await resetLink();
    const opened = await openReset(link);
    const before = await hashOf();
    await server.services.db.user.update({
      where: { id: userId },
      data: { email: `new-${address}` },
    });

    expect((await choose(link)).status).toBe(404);
    const late = completeRecovery(server.services, { link: opened, password: NEW }, FACTS);
    await expect(late).rejects.toMatchObject({ code: 'link_invalid' });
    expect(await hashOf()).toBe(before);
  });

  test('attack 30: a form from elsewhere sets no password and asks for none', async () => {
    const link = await resetLink();
    const before = await hashOf();
    const body = new URLSearchParams({ password: NEW, passwordAgain: NEW, login });
    for (const url of [link, `${server.issuer}/recovery`]) {
      const { status } = await fetch(url, { method: 'POST', body, redirect: 'manual' });
      expect(status).toBe(403);
    }
    expect(await hashOf()).toBe(before);
    expect(await mailsTo(server, address)).toHaveLength(1);
  });
});

describe('attack 30: codes', () => {
  const send = () => sendVerification(server.services, userId, { actor: { type: 'system' } });
  const type = (code: string) => verifyByCode(server.services, { userId, code }, FACTS);
  const mailed = async () => codeIn(await newestMailTo(server, address, 'verify-email'));
  const isVerified = async () =>
    (await server.services.db.user.findUnique({ where: { id: userId } }))?.emailVerified;

  test('attack 30: a code is guessed at five times, also at once, and the right one is refused then', async () => {
    await send();
    const code = await mailed();
    const wrong = String((Number(code) + 1) % 10 ** 8).padStart(8, '0');
    const guesses = await Promise.allSettled(Array.from({ length: 20 }, () => type(wrong)));
    expect(guesses.every(({ status }) => status === 'rejected')).toBe(true);

    await expect(type(code)).rejects.toMatchObject({ code: 'code_invalid' });
    expect(await isVerified()).toBe(false);
    const rows = await server.services.db.oneTimeLink.findMany({ where: { userId } });
    expect(rows).toMatchObject([{ codeAttempts: 5 }]);
    expect(JSON.stringify(rows)).not.toContain(code);
  });

  test('attack 30: a code works once, for its own person and their address of then', async () => {
    await send();
    const code = await mailed();
    const mallory = await createPerson(server, { login: `${login}-mallory`, password: OLD });
    const ofMallory = verifyByCode(server.services, { userId: mallory.id, code }, FACTS);
    await expect(ofMallory).rejects.toMatchObject({ code: 'code_invalid' });

    await server.services.db.user.update({
      where: { id: userId },
      data: { email: `new-${address}` },
    });
    await expect(type(code)).rejects.toMatchObject({ code: 'code_invalid' });
    await server.services.db.user.update({ where: { id: userId }, data: { email: address } });

    const outcomes = await Promise.allSettled([type(code), type(code), type(code)]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await isVerified()).toBe(true);
  });

  test('attack 30: a malformed code is a wrong one', async () => {
    await send();
    for (const code of ['', '0', 'x'.repeat(5000), '１２３４５６７８'])
      await expect(type(code)).rejects.toMatchObject({ code: 'code_invalid' });
  });
});

describe('attack 24: steps that are skipped', () => {
  test('attack 24: a page at the end that is opened first has changed nothing', async () => {
    const before = await hashOf();
    for (const path of ['/recovery/done', '/recovery/sent', '/verify-email/done'])
      expect((await createAgent(server.issuer).open(path)).status).toBe(200);
    expect(await hashOf()).toBe(before);
    expect(await mailsTo(server, address)).toEqual([]);
  });

  test('attack 24: who typed the old password before it was replaced does not get in after', async () => {
    const { id } = await createTestClient(server, 'spa');
    const { url } = await authorizationRequest(await relyingParty(server.issuer, id));
    const mallory = createAgent(server.issuer);
    const typed = { login, password: OLD };
    const consent = await mallory.submit(await mallory.browse(url.href), 'login-submit', typed);
    expect(consent.body).toContain('id="consent-allow"');

    await choose(await resetLink());

    const { action, fields } = formOf(consent.body, 'consent-allow');
    const answer = await mallory.open(action, fields);
    expect([answer.status, answer.headers.get('location')]).toEqual([404, null]);
    expect(await server.services.db.session.count({ where: { userId } })).toBe(0);
    expect(await server.services.db.grant.count({ where: { userId } })).toBe(0);
  });
});

describe('limits, which a server of its own remembers', () => {
  let other: TestServer;

  beforeAll(async () => {
    other = await startServer();
  });

  afterAll(() => other.close());

  test('attack 27: whoever asks about many is refused, whether they exist or not', async () => {
    await createPerson(other, { login, password: OLD });
    const statuses = [];
    for (let i = 0; i < 22; i++) statuses.push((await ask(`nobody-${i}`, other)).status);
    expect(statuses.slice(0, 20)).not.toContain(429);
    expect(statuses.slice(20)).toEqual([429, 429]);
    expect((await ask(login, other)).status).toBe(429);
    expect(await mailsTo(other, address)).toEqual([]);
  });

  test('attack 30: tokens cannot be guessed for long, and each refusal is on record', async () => {
    const agent = createAgent(other.issuer);
    const statuses = [];
    for (let i = 0; i < 33; i++) statuses.push((await agent.open(`/recovery/${i}`)).status);
    expect(statuses.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 404));
    expect(statuses.slice(30)).toEqual([429, 429, 429]);
    const where = { type: 'user.link_refused' };
    expect(await other.services.db.auditEvent.count({ where })).toBe(30);
  });
});
