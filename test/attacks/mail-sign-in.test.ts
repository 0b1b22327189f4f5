// Attacks on signing in by mail: who has an account (27); codes and links that are used twice, elsewhere, fetched by
// scanners, led astray, guessed, or kept (30); and steps that are skipped (24).
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { signInByCode, signInByLink } from '../../src/identity/mailed-sign-in/mailed-sign-in.ts';
import { disableUser, setPassword } from '../../src/identity/users/users.ts';
import { type Agent, createAgent, formOf, locationOf, type Page } from '../support/agent.ts';
import { askForMail, type AtLogin, atLogin } from '../support/mail-sign-in.ts';
import { codeIn, linkIn, type MailboxMail, mailsTo, newestMailTo } from '../support/mailbox.ts';
import { sendRaw, statusesOf } from '../support/raw-http.ts';
import { callbackOf } from '../support/relying-party.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const PASSWORD = 'correct horse battery staple';
const FACTS = { requestId: 'request-1', address: '192.0.2.1' };
const SYSTEM = { type: 'system' } as const;

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
  ({ address, userId } = await verifiedPerson(login));
});

afterAll(() => server.close());

async function verifiedPerson(name: string) {
  const { id } = await createPerson(server, { login: name, password: PASSWORD });
  await change(id, { emailVerified: true });
  return { address: `${name}@example.com`, userId: id };
}

const change = (id: string, data: object) =>
  server.services.db.user.update({ where: { id }, data });

interface Waiting extends AtLogin {
  waiting: Page;
  mail: MailboxMail;
  code: string;
  link: string;
}

async function waitingForCode(agent?: Agent): Promise<Waiting> {
  const begun = await atLogin(server, {}, agent);
  const waiting = await askForMail(begun, login);
  const mail = await newestMailTo(server, address, 'magic-link');
  return { ...begun, waiting, mail, code: codeIn(mail), link: linkIn(mail) };
}

const type = ({ agent, waiting }: Pick<Waiting, 'agent' | 'waiting'>, code: string) =>
  agent.submit(waiting, 'code-submit', { code });
const isIn = (page: Page) => locationOf(page)?.includes('code=') ?? false;
const wrongFor = (code: string) => String((Number(code) + 1) % 10 ** 8).padStart(8, '0');
const isLinkOpen = async ({ agent, link }: Pick<Waiting, 'agent' | 'link'>) =>
  (await agent.open(link)).body.includes('id="mailed-link-submit"');

/** What of an answer could tell one person from another; what they were called is the same length for all. */
function told({ status, url, headers, body }: Page, uid: string) {
  const names = ['location', 'content-type', 'cache-control', 'retry-after', 'set-cookie'];
  const known = names.map((name) => headers.get(name)?.replaceAll(uid, 'uid'));
  const text = body
    .replaceAll(uid, 'uid')
    .replaceAll(/value="[^"]*"/g, '')
    .replaceAll(/<bdi>[^<]*<\/bdi>/g, '');
  return JSON.stringify([status, new URL(url).pathname.replaceAll(uid, 'uid'), known, text]);
}

/** A person of each kind, none of whom may be told from the others. */
async function everybody(): Promise<string[]> {
  const others = ['away', 'unproved', 'bare'].map((kind) => `${login}-${kind}`);
  const [away, unproved, bare] = await Promise.all(others.map(verifiedPerson));
  await change(away?.userId ?? '', { disabledAt: new Date() });
  await change(unproved?.userId ?? '', { emailVerified: false });
  await change(bare?.userId ?? '', { email: null });
  return [login, address, ...others, 'nobody', 'nobody@example.com', '\u202e', 'x'.repeat(300)];
}

describe('attack 27: who has an account', () => {
  test('attack 27: the answer is the same for everybody, before and after a wrong code', async () => {
    const answers = { asked: new Set<string>(), waiting: new Set<string>() };
    const wrong = Array.from({ length: 6 }, () => new Set<string>());
    for (const name of await everybody()) {
      await server.services.db.rateLimit.deleteMany();
      const { agent, page, uid } = await atLogin(server);
      const { action, fields } = formOf(page.body, 'mail-code');
      const asked = await agent.open(action, { ...fields, login: name });
      answers.asked.add(told(asked, uid));
      const waiting = await agent.open(locationOf(asked) ?? '');
      answers.waiting.add(told(waiting, uid));
      // Past the fifth attempt too, from which on the code of those who have one is dead.
      for (const seen of wrong) {
        seen.add(told(await type({ agent, waiting }, '00000000'), uid));
      }
    }
    expect([answers.asked.size, answers.waiting.size]).toEqual([1, 1]);
    expect(new Set(wrong.flatMap((seen) => [...seen])).size).toBe(1);
    expect([...(wrong[0] ?? [])][0]).toContain('[401,');
  }, 120_000);

  test('attack 27: asking takes the same time, and so does a wrong code', async () => {
    const known = await timesOf(login);
    const unknown = await timesOf('nobody-12');
    const apart = () =>
      Math.max(Math.abs(known.asked - unknown.asked), Math.abs(known.wrong - unknown.wrong));
    const enough = performance.now() + 60_000;
    for (let round = 0; round < 9 || (apart() >= 5 && performance.now() < enough); round++) {
      for (const one of round % 2 ? [known, unknown] : [unknown, known]) await one.measure();
    }
    expect(apart()).toBeLessThan(5);
    // Longer than either way takes, so that a slower machine does not bring the difference back.
    expect(Math.min(known.asked, unknown.asked)).toBeGreaterThan(245);
    expect(Math.min(known.wrong, unknown.wrong)).toBeGreaterThan(245);
  }, 120_000);

  test('attack 27: no limit tells: that of a sign-in is everybody’s, that of an account is silent', async () => {
    for (const name of [login, 'nobody']) {
      const { agent, page } = await atLogin(server);
      const statuses = [];
      let last = page;
      for (let i = 0; i < 7; i++) {
        const { action, fields } = formOf(page.body, 'mail-code');
        last = await agent.open(action, { ...fields, login: name });
        statuses.push(last.status);
      }
      expect([name, statuses]).toEqual([name, [303, 303, 303, 303, 303, 429, 429]]);
      expect(last.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(last.body).toContain('id="code-alert"');
    }
    expect(await mailsTo(server, address)).toHaveLength(5);
    const waiting = await askForMail(await atLogin(server), login);
    expect(waiting.status).toBe(200);
    expect(await mailsTo(server, address)).toHaveLength(5);
  });

  test('attack 27: strangers use up no mail of the browser that the person has signed in in', async () => {
    const own = createAgent(server.issuer);
    const first = await waitingForCode(own);
    expect(isIn(await type(first, first.code))).toBe(true);
    for (let i = 0; i < 6; i++) await askForMail(await atLogin(server), login);
    const before = await mailsTo(server, address);
    await askForMail(await atLogin(server), login);
    expect(await mailsTo(server, address)).toHaveLength(before.length);

    own.cookies.splice(0, Infinity, ...own.cookies.filter(({ name }) => /device/.test(name)));
    const again = await waitingForCode(own);
    expect(await mailsTo(server, address)).toHaveLength(before.length + 1);
    expect(isIn(await type(again, again.code))).toBe(true);
  });
});

/** The least that each took so far. It tells most: whatever else the machine does only adds, and more rounds take it off. */
async function timesOf(name: string) {
  const { agent, page } = await atLogin(server);
  const ask = formOf(page.body, 'mail-code');
  const waiting = await askForMail({ agent, page }, name);
  const typed = formOf(waiting.body, 'code-submit');
  const least = { asked: Infinity, wrong: Infinity, measure };
  return least;

  async function measure() {
    await server.services.db.rateLimit.deleteMany();
    const startedAt = performance.now();
    await agent.open(ask.action, { ...ask.fields, login: name });
    const askedAt = performance.now();
    await agent.open(typed.action, { ...typed.fields, code: '00000000' });
    least.asked = Math.min(least.asked, askedAt - startedAt);
    least.wrong = Math.min(least.wrong, performance.now() - askedAt);
  }
}

describe('attack 30: used twice, or elsewhere', () => {
  test.each([
    ['code', signInByCode],
    ['link', signInByLink],
  ] as const)(
    'attack 30: of five who use one %s at once, one gets in, and both are gone with it',
    async (_, use) => {
      const at = await waitingForCode();
      const { browser } = await server.services.db.mailedSignIn.findFirstOrThrow({
        where: { userId },
      });
      const proof = {
        code: at.code,
        token: at.link.split('/').at(-1) ?? '',
        occasion: { uid: at.uid, browser },
      };
      const outcomes = await Promise.allSettled(
        Array.from({ length: 5 }, () => use(server.services, proof, FACTS)),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const where = { type: 'sign_in.succeeded', targetId: userId };
      expect(await server.services.db.auditEvent.count({ where })).toBe(1);

      expect((await at.agent.open(at.link)).status).toBe(404);
      expect((await type(at, at.code)).status).toBe(401);
    },
  );

  test('attack 30: in another browser the link signs nobody in and uses nothing up', async () => {
    const at = await waitingForCode();
    const other = createAgent(server.issuer);
    const page = await other.open(at.link);
    expect([page.status, page.body.includes('Go back to where you began')]).toEqual([200, true]);
    expect(page.body).not.toContain('<form');
    expect(page.body).not.toContain(login);
    const made = await other.open(at.link.replace(/[^/]+$/, 'made-up'));
    expect(made.body).toBe(page.body);

    const { csrf = '' } = formOf((await other.open('/recovery')).body, 'recovery-submit').fields;
    const sent = await other.open(at.link, { csrf });
    expect([sent.status, locationOf(sent)]).toEqual([404, undefined]);
    expect(isIn(await type(at, at.code))).toBe(true);
  });

  test('attack 30: nor does it where somebody planted the cookie of the sign-in', async () => {
    const mallory = await waitingForCode();
    const alice = createAgent(server.issuer);
    alice.cookies.push(...mallory.agent.cookies.filter(({ name }) => !/csrf/.test(name)));
    const page = await alice.open(mallory.link);
    expect([page.status, page.body.includes('mailed-link-submit')]).toEqual([404, false]);
    const { csrf = '' } = formOf((await alice.open('/recovery')).body, 'recovery-submit').fields;
    expect((await alice.open(mallory.link, { csrf })).status).toBe(404);
    const typed = await alice.open(`/interaction/${mallory.uid}/mailed-code`, {
      csrf,
      code: mallory.code,
    });
    expect([typed.status, locationOf(typed)]).toEqual([401, undefined]);
    const where = { type: 'sign_in.succeeded', targetId: userId };
    expect(await server.services.db.auditEvent.count({ where })).toBe(0);
  });

  test('attack 30: code and link of one sign-in are worth nothing in another of the same browser', async () => {
    const agent = createAgent(server.issuer);
    const first = await waitingForCode(agent);
    const second = await waitingForCode(agent);
    expect((await type(second, first.code)).status).toBe(401);
    const token = first.link.split('/').at(-1) ?? '';
    const crossed = second.link.replace(/[^/]+$/, token);
    expect((await agent.open(crossed)).status).toBe(404);
    expect(isIn(await type(second, second.code))).toBe(true);
    expect(isIn(await type(first, first.code))).toBe(true);
  });

  test('attack 30: a scanner that follows the link, however often, uses nothing up', async () => {
    const at = await waitingForCode();
    const cookie = at.agent.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    for (const headers of [{}, { cookie }]) {
      for (const method of ['GET', 'HEAD', 'GET']) {
        expect((await fetch(at.link, { method, headers })).status).toBe(200);
      }
    }
    const page = await at.agent.open(at.link);
    expect(isIn(await at.agent.submit(page, 'mailed-link-submit'))).toBe(true);
  });
});

describe('attack 30: led astray, guessed, kept', () => {
  test.each([
    ['Host: evil.example', 421],
    ['X-Forwarded-Host: evil.example', 303],
    ['Forwarded: host=evil.example', 303],
  ])('attack 30: %s does not lead the link elsewhere', async (line, expected) => {
    const { agent, page } = await atLogin(server);
    const { action, fields } = formOf(page.body, 'mail-code');
    const { host } = new URL(server.issuer);
    const body = new URLSearchParams({ csrf: String(fields['csrf']), login }).toString();
    const request = [
      `POST ${action} HTTP/1.1`,
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

  test('attack 30: a code is guessed at five times, also at once, and the right one is refused then', async () => {
    const at = await waitingForCode();
    const { action, fields } = formOf(at.waiting.body, 'code-submit');
    const wrong = wrongFor(at.code);
    const guesses = await Promise.all(
      Array.from({ length: 12 }, () => at.agent.open(action, { ...fields, code: wrong })),
    );
    expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([401]));
    expect((await type(at, at.code)).status).toBe(401);
    const rows = await server.services.db.mailedSignIn.findMany({ where: { userId } });
    expect(rows).toMatchObject([{ codeAttempts: 5 }]);
    // The link is no guess.
    expect(await isLinkOpen(at)).toBe(true);
  });

  test('attack 30: codes are eight digits out of all there are, and at rest there is neither code nor token', async () => {
    const codes = [];
    for (let i = 0; i < 5; i++) {
      await server.services.db.rateLimit.deleteMany();
      const { code, link, uid } = await waitingForCode();
      codes.push(code);
      const rows = await server.services.db.mailedSignIn.findMany({ where: { userId } });
      for (const secret of [code, link.split('/').at(-1) ?? '', uid])
        expect(JSON.stringify(rows)).not.toContain(secret);
    }
    expect(codes.every((code) => /^\d{8}$/.test(code))).toBe(true);
    expect(new Set(codes).size).toBe(codes.length);
    expect(server.log.join('')).not.toMatch(new RegExp(codes.join('|')));
  });

  test.each([
    ['another address', () => change(userId, { email: `new-${address}` })],
    ['disabling', () => disableUser(server.services, userId, SYSTEM)],
    [
      'a new password',
      () => setPassword(server.services, { userId, password: `${PASSWORD} indeed` }, SYSTEM),
    ],
  ])('attack 30: %s makes what was mailed before worthless', async (_, end) => {
    const at = await waitingForCode();
    const { action, fields } = formOf((await at.agent.open(at.link)).body, 'mailed-link-submit');
    await end();
    const typed = await type(at, at.code);
    expect([typed.status, locationOf(typed)]).toEqual([401, undefined]);
    expect((await at.agent.open(at.link)).status).toBe(404);
    expect((await at.agent.open(action, fields)).status).toBe(404);
    const where = { type: 'sign_in.succeeded', targetId: userId };
    expect(await server.services.db.auditEvent.count({ where })).toBe(0);
  });

  test('attack 30: who opened an account with an address of somebody else is not joined by them', async () => {
    await change(userId, { emailVerified: false });
    await askForMail(await atLogin(server), address);
    expect(await mailsTo(server, address)).toEqual([]);
  });

  test('attack 30: a form from elsewhere asks for no mail and signs nobody in', async () => {
    const at = await waitingForCode();
    const before = await mailsTo(server, address);
    for (const [path, form] of [
      ['mail-code', { login }],
      ['mailed-code', { code: at.code }],
      [`mailed-link/${at.link.split('/').at(-1)}`, { x: '' }],
    ] as const) {
      const refused = await at.agent.open(`/interaction/${at.uid}/${path}`, { ...form });
      expect([path, refused.status]).toEqual([path, 403]);
    }
    expect(await mailsTo(server, address)).toHaveLength(before.length);
    expect(isIn(await type(at, at.code))).toBe(true);
  });

  test('attack 30: what is malformed is a wrong code, or a link that is none', async () => {
    const at = await waitingForCode();
    for (const code of ['', '0', '１２３４５６７', ' - - ', at.code.slice(1)])
      expect((await type(at, code)).status).toBe(401);
    const { csrf = '' } = formOf(at.waiting.body, 'code-submit').fields;
    const twice = { csrf, code: [at.code, at.code] };
    expect((await at.agent.open(`/interaction/${at.uid}/mailed-code`, twice)).status).toBe(400);
    for (const token of ['x', '%00', '..%2f..%2f', 'x'.repeat(99)]) {
      const { status } = await at.agent.open(`/interaction/${at.uid}/mailed-link/${token}`);
      expect([token, status]).toEqual([token, token === '%00' ? 400 : 404]);
    }
  });
});

describe('attack 24: steps that are skipped', () => {
  test('attack 24: before anybody asked, there is no page for a code, and none is taken', async () => {
    const { agent, page, uid } = await atLogin(server);
    const { csrf = '' } = formOf(page.body, 'mail-code').fields;
    const answers = [
      await agent.open(`/interaction/${uid}/mailed-code`),
      await agent.open(`/interaction/${uid}/mailed-code`, { csrf, code: '00000000' }),
      await agent.open(`/interaction/${uid}/mail-code`),
      await agent.open(`/interaction/${uid}/consent`),
      await agent.open(`/interaction/${uid}/consent`, { csrf, decision: 'allow' }),
    ];
    const atStart = `${server.issuer}/interaction/${uid}/login`;
    expect(answers.map(locationOf)).toEqual(answers.map(() => atStart));
  });

  test('attack 24: asking is no proof: every later step still leads to the start', async () => {
    const at = await waitingForCode();
    const { csrf = '' } = formOf(at.waiting.body, 'code-submit').fields;
    for (const step of ['consent', 'second-factor', 'enrol-second-factor', 'recovery-codes']) {
      const answer = await at.agent.open(`/interaction/${at.uid}/${step}`);
      expect(locationOf(answer)).toBe(`${server.issuer}/interaction/${at.uid}/login`);
    }
    expect((await type(at, '')).status).toBe(401);
    const sent = { csrf, code: at.code, login: 'mallory', accountId: 'mallory', decision: 'allow' };
    const back = await at.agent.browse(`/interaction/${at.uid}/mailed-code`, sent);
    expect(callbackOf(back).searchParams.has('code')).toBe(true);
    const signedIn = await server.services.db.session.findFirst({ where: { userId } });
    expect(signedIn?.amr).toEqual(['otp']);
  });

  test('attack 24: after the end, neither the back button nor a second tab signs in again', async () => {
    const at = await waitingForCode();
    const { action, fields } = formOf(at.waiting.body, 'code-submit');
    expect(isIn(await type(at, at.code))).toBe(true);
    const before = await server.services.db.protocolState.count({ where: { userId } });
    const late = [
      await at.agent.open(action, { ...fields, code: at.code }),
      await at.agent.open(at.waiting.url),
      await at.agent.submit(at.waiting, 'code-resend'),
    ];
    expect(late.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(await server.services.db.protocolState.count({ where: { userId } })).toBe(before);
  });
});

describe('limits, which a server of its own remembers', () => {
  let other: TestServer;

  beforeAll(async () => {
    other = await startServer();
  });

  afterAll(() => other.close());

  test('attack 27: whoever asks about many is refused, whether they exist or not', async () => {
    await createPerson(other, { login, password: PASSWORD });
    const statuses = [];
    for (let i = 0; i < 22; i++) {
      statuses.push((await askForMail(await atLogin(other), `nobody-${i}`)).status);
    }
    expect(statuses.slice(0, 20)).not.toContain(429);
    expect(statuses.slice(20)).toEqual([429, 429]);
    const refused = await askForMail(await atLogin(other), login);
    expect([refused.status, refused.body.includes('id="login-fault"')]).toEqual([429, true]);
  });

  test('attack 30: codes are not guessed at for long from one address, whosever sign-in it is', async () => {
    const third = await startServer();
    const asked = await atLogin(third);
    const waiting = await askForMail(asked, 'nobody');
    const statuses = [];
    for (let i = 0; i < 62; i++) statuses.push((await type({ ...asked, waiting }, '0')).status);
    expect(new Set(statuses.slice(0, 60))).toEqual(new Set([401]));
    expect(statuses.slice(60)).toEqual([429, 429]);
    await third.close();
  });
});
