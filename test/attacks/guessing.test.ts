// Attack 28: guessing passwords, at one account and at many, from one address and from many; and locking somebody out by
// doing so.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { AttemptDelayName } from '../../src/operations/attempt-delay-table.ts';
import { type Agent, createAgent } from '../support/agent.ts';
import { mailsTo } from '../support/mailbox.ts';
import { ALICE, createPerson, MALLORY, startServer, type TestServer } from '../support/server.ts';
import { guessing } from '../support/stranger.ts';

const WRONG = { login: 'alice', password: 'not the password of alice' };

let server: TestServer;

// Delays are remembered by the server that imposed them: each attack meets a fresh one.
beforeEach(async () => {
  server = await startServer({ TRUSTED_PROXIES: '127.0.0.1' });
  await createPerson(server, ALICE);
  await createPerson(server, MALLORY);
});

afterEach(() => server.close());

/** A browser in which somebody has signed in. */
async function homeOf(person: typeof ALICE, address = '203.0.113.1'): Promise<Agent> {
  const agent = createAgent(server.issuer);
  const { status } = await (await guessing(server, agent)).guess(person, address);
  expect(status).toBe(303);
  return agent;
}

/** As if there had been so many attempts before, at whatever counts by that name: the next delay outlasts the test. */
async function triedBefore(name: AttemptDelayName, times: number): Promise<void> {
  const where = { key: { startsWith: `${name}:` } };
  const { count } = await server.services.db.rateLimit.updateMany({
    where,
    data: { points: times },
  });
  expect(count).toBeGreaterThan(0);
}

const pointsOf = async (name: AttemptDelayName) => {
  const rows = await server.services.db.rateLimit.findMany({
    where: { key: { startsWith: `${name}:` } },
  });
  return rows.map(({ points }) => points);
};

const statuses = async (guesses: Promise<{ status: number }>[]) =>
  (await Promise.all(guesses)).map(({ status }) => status);

const audited = (type: string) => server.services.db.auditEvent.findMany({ where: { type } });

test('attack 28: who keeps guessing from one place waits, and is told how long on the form itself', async () => {
  const { guess } = await guessing(server);
  expect((await guess(WRONG, '192.0.2.1')).status).toBe(401);
  await triedBefore('signInByAccountAndAddress', 10);
  const all = await statuses(Array.from({ length: 12 }, () => guess(WRONG, '192.0.2.1')));
  expect(all.filter((status) => status === 401)).toHaveLength(1);

  const late = await guess({ ...ALICE }, '192.0.2.1');
  expect(late.status).toBe(429);
  const seconds = Number(late.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(900);
  expect(late.body).toMatch(
    /role="alert">Too many attempts\. Try again in (a|\d+) (second|minute)/,
  );
  expect(late.body).toContain('id="login-submit"');
  expect(late.body).not.toContain(ALICE.password);
});

test('attack 28: failing on purpose from one place delays nobody elsewhere', async () => {
  const { guess } = await guessing(server);
  await guess(WRONG, '192.0.2.1');
  await triedBefore('signInByAccountAndAddress', 10);
  await triedBefore('signInByAccount', 5);
  expect((await guess(WRONG, '192.0.2.1')).status).toBe(401);

  expect(await pointsOf('signInByAccountAndAddress')).toEqual([11]);
  expect(await pointsOf('signInByAccount')).toEqual([5]);
  expect((await guess({ ...ALICE }, '198.51.100.1')).status).toBe(303);
});

test('attack 28: guesses from many places do not keep the person out where they have signed in before', async () => {
  const home = await guessing(server, await homeOf(ALICE));
  const { guess } = await guessing(server);
  await guess(WRONG, '192.0.2.1');
  await triedBefore('signInByAccount', 60);
  expect((await guess(WRONG, '192.0.2.1')).status).toBe(401);
  expect((await guess(WRONG, '192.0.2.2')).status).toBe(429);
  expect((await guess({ ...ALICE }, '192.0.2.3')).status).toBe(429);

  expect((await home.guess({ ...ALICE }, '192.0.2.4')).status).toBe(303);
});

test('attack 28: nor does one who guesses from their own address', async () => {
  const home = await guessing(server, await homeOf(ALICE, '192.0.2.1'));
  const { guess } = await guessing(server);
  await guess(WRONG, '192.0.2.1');
  await triedBefore('signInByAccountAndAddress', 10);
  await guess(WRONG, '192.0.2.1');
  expect((await guess({ ...ALICE }, '192.0.2.1')).status).toBe(429);
  expect((await home.guess({ ...ALICE }, '192.0.2.1')).status).toBe(303);
});

test('attack 28: the mark of a browser is worth nothing at another account, and little at its own', async () => {
  const mallory = await guessing(server, await homeOf(MALLORY));
  await mallory.guess(WRONG, '192.0.2.1');
  expect(await pointsOf('signInByDevice')).toEqual([]);
  expect(await pointsOf('signInByAccount')).toEqual([1]);

  const own = { login: 'mallory', password: WRONG.password };
  await mallory.guess(own, '192.0.2.1');
  await triedBefore('signInByDevice', 15);
  const atOwn = await statuses(Array.from({ length: 12 }, () => mallory.guess(own, '192.0.2.1')));
  expect(atOwn.filter((status) => status === 401)).toHaveLength(1);
});

/** How many of twelve guesses at alice are heard, when all their addresses but one are what the guesser likes. */
async function heardFrom(addressOf: (i: number) => string): Promise<number> {
  const { guess } = await guessing(server);
  await guess(WRONG, addressOf(0));
  await triedBefore('signInByAccountAndAddress', 10);
  const all = await statuses(Array.from({ length: 12 }, (_, i) => guess(WRONG, addressOf(i + 1))));
  return all.filter((status) => status === 401).length;
}

test('attack 28: an address that nobody vouches for is not believed', async () => {
  await server.close();
  server = await startServer();
  await createPerson(server, ALICE);
  expect(await heardFrom((i) => `192.0.2.${i + 1}`)).toBe(1);
});

test('attack 28: behind a trusted proxy, what the caller wrote into the header is not believed', async () => {
  expect(await heardFrom((i) => `198.51.100.${i + 1}, 192.0.2.1`)).toBe(1);
});

test('attack 28: all addresses of an IPv6 network are one', async () => {
  expect(await heardFrom((i) => `2001:db8:1:1:${i}::${i + 1}`)).toBe(1);
  const { guess } = await guessing(server);
  expect((await guess({ ...ALICE }, '2001:db8:1:2::1')).status).toBe(303);
});

test('attack 28: one password on many accounts is delayed by address', async () => {
  const { guess } = await guessing(server);
  const sprayed = (i: number) => guess({ ...WRONG, login: `somebody-${i}` }, '192.0.2.1');
  await sprayed(0);
  await triedBefore('signInByAddress', 120);
  expect((await sprayed(1)).status).toBe(401);
  const delayed = await guess(WRONG, '192.0.2.1');
  expect(delayed.status).toBe(429);
  expect(Number(delayed.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  const all = await statuses(Array.from({ length: 12 }, (_, i) => sprayed(i + 2)));
  expect(new Set(all)).toEqual(new Set([429]));

  // One guess at alice is nothing to tell her of.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(await audited('sign_in.throttled')).toEqual([]);
});

test('attack 28: while the whole server is stuffed, strangers have fewer attempts, and nobody is shut out', async () => {
  const home = await guessing(server, await homeOf(ALICE, '192.0.2.1'));
  const { guess } = await guessing(server);
  const stuffed = (i: number) => guess({ ...WRONG, login: `stuffed-${i}` }, '192.0.2.1');
  await stuffed(0);
  await triedBefore('signInByAddress', 20);
  await triedBefore('signInFailures', 999);

  expect((await stuffed(1)).status).toBe(401); // the thousandth
  expect(await audited('rate_limit.exceeded')).toEqual([
    expect.objectContaining({ detail: { limit: 'signInFailures' } }),
  ]);
  const all = await statuses(Array.from({ length: 12 }, (_, i) => stuffed(i + 2)));
  expect(all.filter((status) => status === 401)).toHaveLength(1);

  expect((await home.guess({ ...ALICE }, '192.0.2.1')).status).toBe(303);
  const newcomer = await guessing(server);
  expect((await newcomer.guess({ ...MALLORY }, '198.51.100.9')).status).toBe(303);
});

test('attack 28: the person is told by mail, once a day, with the event in the audit log', async () => {
  const { guess } = await guessing(server);
  const notices = async () =>
    (await mailsTo(server, 'alice@example.com')).filter(({ kind }) => kind === 'sign-in-throttled');
  const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
  for (const address of addresses) await guess(WRONG, address);
  await triedBefore('signInByAccountAndAddress', 10);
  const all = await statuses(addresses.flatMap((one) => [0, 1, 2].map(() => guess(WRONG, one))));
  expect(all.filter((status) => status === 429)).toHaveLength(6);

  await expectSoon(async () => expect(await notices()).toHaveLength(1));
  await new Promise((resolve) => setTimeout(resolve, 1500));

  const [mail, ...others] = await notices();
  expect(others).toEqual([]);
  expect(mail?.text).toMatch(/192\.0\.2\.\d/);
  const alice = await server.services.db.user.findUniqueOrThrow({ where: { login: 'alice' } });
  expect(await audited('sign_in.throttled')).toEqual([
    expect.objectContaining({ targetId: alice.id, outcome: 'refused', actorType: 'anonymous' }),
  ]);
});

async function expectSoon(check: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      return await check();
    } catch (error) {
      if (attempt === 99) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
