// Attacks on signing in by mail: codes and links that are used twice, elsewhere, fetched by scanners, led astray, guessed,
// or kept (30); and steps that are skipped (24). Who has an account: see mail-sign-in-enumeration.test.ts.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { signInByCode, signInByLink } from '../../src/identity/mailed-sign-in/mailed-sign-in.ts';
import { disableUser, setPassword } from '../../src/identity/users/users.ts';
import { createAgent, formOf, locationOf } from '../support/agent.ts';
import {
  askForMail,
  atLogin,
  isIn,
  typeCode,
  verifiedPerson,
  type Waiting,
  waitingForCode,
} from '../support/mail-sign-in.ts';
import { linkIn, mailsTo } from '../support/mailbox.ts';
import { sendRaw, statusesOf } from '../support/raw-http.ts';
import { callbackOf } from '../support/relying-party.ts';
import { ALICE, startServer, type TestServer } from '../support/server.ts';

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
  ({ address, userId } = await verifiedPerson(server, login));
});

afterAll(() => server.close());

const change = (id: string, data: object) =>
  server.services.db.user.update({ where: { id }, data });

const wrongFor = (code: string) => String((Number(code) + 1) % 10 ** 8).padStart(8, '0');
const isLinkOpen = async ({ agent, link }: Pick<Waiting, 'agent' | 'link'>) =>
  (await agent.open(link)).body.includes('id="mailed-link-submit"');

describe('attack 30: used twice, or elsewhere', () => {
  test.each([
    ['code', signInByCode],
    ['link', signInByLink],
  ] as const)(
    'attack 30: of five who use one %s at once, one gets in, and both are gone with it',
    async (_, use) => {
      const at = await waitingForCode(server, login);
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
      expect((await typeCode(at, at.code)).status).toBe(401);
    },
  );

  test('attack 30: in another browser the link signs nobody in and uses nothing up', async () => {
    const at = await waitingForCode(server, login);
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
    expect(isIn(await typeCode(at, at.code))).toBe(true);
  });

  test('attack 30: nor does it where somebody planted the cookie of the sign-in', async () => {
    const mallory = await waitingForCode(server, login);
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
    const first = await waitingForCode(server, login, agent);
    const second = await waitingForCode(server, login, agent);
    expect((await typeCode(second, first.code)).status).toBe(401);
    const token = first.link.split('/').at(-1) ?? '';
    const crossed = second.link.replace(/[^/]+$/, token);
    expect((await agent.open(crossed)).status).toBe(404);
    expect(isIn(await typeCode(second, second.code))).toBe(true);
    expect(isIn(await typeCode(first, first.code))).toBe(true);
  });

  test('attack 30: a scanner that follows the link, however often, uses nothing up', async () => {
    const at = await waitingForCode(server, login);
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
    const at = await waitingForCode(server, login);
    const { action, fields } = formOf(at.waiting.body, 'code-submit');
    const wrong = wrongFor(at.code);
    const guesses = await Promise.all(
      Array.from({ length: 12 }, () => at.agent.open(action, { ...fields, code: wrong })),
    );
    expect(new Set(guesses.map(({ status }) => status))).toEqual(new Set([401]));
    expect((await typeCode(at, at.code)).status).toBe(401);
    const rows = await server.services.db.mailedSignIn.findMany({ where: { userId } });
    expect(rows).toMatchObject([{ codeAttempts: 5 }]);
    // The link is no guess.
    expect(await isLinkOpen(at)).toBe(true);
  });

  test('attack 30: codes are eight digits out of all there are, and at rest there is neither code nor token', async () => {
    const codes = [];
    for (let i = 0; i < 5; i++) {
      await server.services.db.rateLimit.deleteMany();
      const { code, link, uid } = await waitingForCode(server, login);
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
      () => setPassword(server.services, { userId, password: `${ALICE.password} indeed` }, SYSTEM),
    ],
  ])('attack 30: %s makes what was mailed before worthless', async (_, end) => {
    const at = await waitingForCode(server, login);
    const { action, fields } = formOf((await at.agent.open(at.link)).body, 'mailed-link-submit');
    await end();
    const typed = await typeCode(at, at.code);
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
    const at = await waitingForCode(server, login);
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
    expect(isIn(await typeCode(at, at.code))).toBe(true);
  });

  test('attack 30: what is malformed is a wrong code, or a link that is none', async () => {
    const at = await waitingForCode(server, login);
    for (const code of ['', '0', '１２３４５６７', ' - - ', at.code.slice(1)])
      expect((await typeCode(at, code)).status).toBe(401);
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
    const at = await waitingForCode(server, login);
    const { csrf = '' } = formOf(at.waiting.body, 'code-submit').fields;
    for (const step of ['consent', 'second-factor', 'enrol-second-factor', 'recovery-codes']) {
      const answer = await at.agent.open(`/interaction/${at.uid}/${step}`);
      expect(locationOf(answer)).toBe(`${server.issuer}/interaction/${at.uid}/login`);
    }
    expect((await typeCode(at, '')).status).toBe(401);
    const sent = { csrf, code: at.code, login: 'mallory', accountId: 'mallory', decision: 'allow' };
    const back = await at.agent.browse(`/interaction/${at.uid}/mailed-code`, sent);
    expect(callbackOf(back).searchParams.has('code')).toBe(true);
    const signedIn = await server.services.db.session.findFirst({ where: { userId } });
    expect(signedIn?.amr).toEqual(['otp']);
  });

  test('attack 24: after the end, neither the back button nor a second tab signs in again', async () => {
    const at = await waitingForCode(server, login);
    const { action, fields } = formOf(at.waiting.body, 'code-submit');
    expect(isIn(await typeCode(at, at.code))).toBe(true);
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

test('attack 30: codes are not guessed at for long from one address, whosever sign-in it is', async () => {
  const third = await startServer();
  const asked = await atLogin(third);
  const waiting = await askForMail(asked, 'nobody');
  const guess = async () => (await typeCode({ ...asked, waiting }, '0')).status;
  const statuses = await Promise.all(Array.from({ length: 60 }, guess));
  expect(new Set(statuses)).toEqual(new Set([401]));
  expect([await guess(), await guess()]).toEqual([429, 429]);
  await third.close();
});
