// What signing in by mail must not tell: who has an account (27). Nor must anybody's asking keep another from their mail.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createAgent, formOf, locationOf, type Page } from '../support/agent.ts';
import {
  askForMail,
  atLogin,
  isIn,
  typeCode,
  verifiedPerson,
  waitingForCode,
} from '../support/mail-sign-in.ts';
import { mailsTo } from '../support/mailbox.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let count = 0;
let login: string;
let address: string;

beforeAll(async () => {
  server = await startServer();
});

beforeEach(async () => {
  await server.services.db.rateLimit.deleteMany();
  login = `person-${(count += 1)}`;
  ({ address } = await verifiedPerson(server, login));
});

afterAll(() => server.close());

const change = (id: string, data: object) =>
  server.services.db.user.update({ where: { id }, data });

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
  const [away, unproved, bare] = await Promise.all(
    others.map((name) => verifiedPerson(server, name)),
  );
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
        seen.add(told(await typeCode({ agent, waiting }, '00000000'), uid));
      }
    }
    expect([answers.asked.size, answers.waiting.size]).toEqual([1, 1]);
    expect(new Set(wrong.flatMap((seen) => [...seen])).size).toBe(1);
    expect([...(wrong[0] ?? [])][0]).toContain('[401,');
  }, 120_000);

  test('attack 27: asking takes the same time, and so does a wrong code', async () => {
    const known = await timesOf(login);
    const unknown = await timesOf('nobody-12');
    const other = await timesOf('nobody-34'); // whatever sets these two apart is the machine's noise
    const excess = () => apart(known, unknown) - apart(unknown, other);
    const enough = performance.now() + 60_000;
    for (let round = 0; round < 9 || (excess() >= 5 && performance.now() < enough); round++) {
      for (const one of round % 2 ? [known, unknown, other] : [other, unknown, known]) {
        await one.measure();
      }
    }
    expect(excess()).toBeLessThan(5);
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
    const first = await waitingForCode(server, login, own);
    expect(isIn(await typeCode(first, first.code))).toBe(true);
    for (let i = 0; i < 6; i++) await askForMail(await atLogin(server), login);
    const before = await mailsTo(server, address);
    await askForMail(await atLogin(server), login);
    expect(await mailsTo(server, address)).toHaveLength(before.length);

    own.cookies.splice(0, Infinity, ...own.cookies.filter(({ name }) => /device/.test(name)));
    const again = await waitingForCode(server, login, own);
    expect(await mailsTo(server, address)).toHaveLength(before.length + 1);
    expect(isIn(await typeCode(again, again.code))).toBe(true);
  });
});

type Least = Record<'asked' | 'wrong', number>;

const apart = (one: Least, other: Least) =>
  Math.max(Math.abs(one.asked - other.asked), Math.abs(one.wrong - other.wrong));

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

describe('limits, which a server of its own remembers', () => {
  let other: TestServer;

  beforeAll(async () => {
    other = await startServer();
  });

  afterAll(() => other.close());

  test('attack 27: whoever asks about many is refused, whether they exist or not', async () => {
    await verifiedPerson(other, login);
    const statuses = [];
    for (let i = 0; i < 22; i++) {
      statuses.push((await askForMail(await atLogin(other), `nobody-${i}`)).status);
    }
    expect(statuses.slice(0, 20)).not.toContain(429);
    expect(statuses.slice(20)).toEqual([429, 429]);
    const refused = await askForMail(await atLogin(other), login);
    expect([refused.status, refused.body.includes('id="login-fault"')]).toEqual([429, true]);
  });
});
