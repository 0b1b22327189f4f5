// Attack 27: learning from sign-in who has an account: from what it says, how long it takes, and whom it writes to.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createUser, disableUser } from '../../src/identity/users/users.ts';
import type { Page } from '../support/agent.ts';
import { get } from '../support/http.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { type Guessing, guessing } from '../support/stranger.ts';

const SYSTEM = { type: 'system' } as const;
const WRONG = 'not the password of anybody';
const TRIES = 200;
const MOST_MS = 5;

let server: TestServer;
let guesser: Guessing;

beforeAll(async () => {
  server = await startServer({ TRUSTED_PROXIES: '127.0.0.1' });
  await createPerson(server, ALICE);
  await createUser(server.services, { login: 'newcomer', email: 'new@example.com' }, SYSTEM);
  const gone = await createPerson(server, { ...ALICE, login: 'gone' });
  await disableUser(server.services, gone.id, SYSTEM);
  await createKnown();
});

beforeEach(async () => {
  guesser = await guessing(server);
});

afterAll(() => server.close());

/** Many people with one password, which is not what is guessed. */
async function createKnown() {
  const { db, passwordHashing } = server.services;
  const passwordHash = await passwordHashing.hash('one password for all of them');
  await db.user.createMany({
    data: Array.from({ length: TRIES }, (_, i) => ({
      login: `known-${i}`,
      email: `known-${i}@example.com`,
      passwordHash,
    })),
  });
}

const NAMES = ['alice', 'alice@example.com', 'newcomer', 'gone', 'nobody', 'nobody@example.com'];

/** What the caller can see, without what was typed and what is random. */
function seen({ status, headers, body }: Page, login: string) {
  const shown = body.replaceAll(login, 'LOGIN').replaceAll(/(\d+|a) (second|minute)s?/g, 'TIME');
  const sent = [...headers].filter(
    ([name]) => !/^(date|x-request-id|retry-after|content-length)$/.test(name),
  );
  return { status, shown, sent, retryAfter: headers.has('retry-after') };
}

let addresses = 0;
/** Another one for every guess, so that none is refused for its address. */
function newAddress(): string {
  addresses += 1;
  return `10.9.${Math.floor(addresses / 200)}.${(addresses % 200) + 1}`;
}

async function closeAll(): Promise<void> {
  await server.services.db.rateLimit.updateMany({
    where: { key: { startsWith: 'signInByAccountAndAddress:' } },
    data: { points: 10 },
  });
}

test('attack 27: wrong passwords and unknown names get one answer, also when they are delayed', async () => {
  const address = newAddress();
  const ask = (login: string) => guesser.guess({ login, password: WRONG }, address);
  const answers = async (status: number) => {
    const all = [];
    for (const login of NAMES) all.push(seen(await ask(login), login));
    expect(all.map((answer) => answer.status)).toEqual(NAMES.map(() => status));
    return all;
  };

  const [first, ...others] = await answers(401);
  for (const other of others) expect(other).toEqual(first);
  expect(first?.shown).toContain('The username or password is not right.');

  await closeAll();
  await answers(401);
  const [delayed, ...others2] = await answers(429);
  for (const other of others2) expect(other).toEqual(delayed);
  expect(delayed?.shown).toContain('Too many attempts. Try again in TIME.');
  expect(delayed?.retryAfter).toBe(true);
});

test('attack 27: mail goes to whom it concerns alone, and not for a name nobody has', async () => {
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const { json } = await get(`${server.issuer}/dev/mail`, { accept: 'application/json' });
  const { mails } = json as unknown as { mails: { to: string; kind: string }[] };
  const told = mails.filter(({ kind }) => kind === 'sign-in-throttled').map(({ to }) => to);
  expect(told.toSorted()).toEqual(['alice@example.com', 'new@example.com']);
});

test('attack 27: a delay at a login does not tell whose address belongs to it', async () => {
  const address = newAddress();
  const ask = (login: string) => guesser.guess({ login, password: WRONG }, address);
  await ask('known-0');
  await closeAll();
  await ask('known-0');
  expect((await ask('known-0')).status).toBe(429);
  expect((await ask('known-0@example.com')).status).toBe(401);
});

test('attack 27: what is done for the person alone begins after the answer', async () => {
  const { db } = server.services;
  const address = newAddress();
  const ask = () => guesser.guess({ login: 'known-1', password: WRONG }, address);
  await ask();
  await closeAll();
  await ask();
  const { id } = await db.user.findUniqueOrThrow({ where: { login: 'known-1' } });
  const told = () => db.auditEvent.count({ where: { type: 'sign_in.throttled', targetId: id } });

  expect((await ask()).status).toBe(429);
  expect(await told()).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  expect(await told()).toBe(1);
});

async function timed(login: string, address: string): Promise<number> {
  const before = performance.now();
  await guesser.guess({ login, password: WRONG }, address);
  return performance.now() - before;
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

interface Difference {
  ms: number;
  /** Three standard errors of the difference: far below the bound, unless the machine is busy. */
  uncertaintyMs: number;
}

/** In turn, and every other time the other way round, so that what else the machine does falls on both. */
async function medianDifference(
  people: number[],
  addressOf: (i: number) => string,
): Promise<Difference> {
  const known: number[] = [];
  const unknown: number[] = [];
  for (const i of people) {
    if (i % 2) known.push(await timed(`known-${i}`, addressOf(i)));
    unknown.push(await timed(`unknown-${i}`, addressOf(i)));
    if (i % 2 === 0) known.push(await timed(`known-${i}`, addressOf(i)));
  }
  const ms = Math.abs(median(known) - median(unknown));
  return { ms, uncertaintyMs: 3 * Math.hypot(errorOf(known), errorOf(unknown)) };
}

/** The standard error of a median, from the median deviation. */
function errorOf(values: number[]): number {
  const middle = median(values);
  const deviation = median(values.map((value) => Math.abs(value - middle)));
  return (1.25 * 1.48 * deviation) / Math.sqrt(values.length);
}

function expectNoDifference({ ms, uncertaintyMs }: Difference): void {
  if (uncertaintyMs > MOST_MS)
    process.stderr.write(
      `The machine is busy: times are known to ${uncertaintyMs.toFixed(1)} ms.\n`,
    );
  expect(ms).toBeLessThan(MOST_MS + uncertaintyMs);
}

test('attack 27: a wrong password takes as long as an unknown name', async () => {
  expectNoDifference(await medianDifference(numbers(TRIES), newAddress));
}, 300_000);

test('attack 27: so does the first refusal of a delay, after which the person is told by mail', async () => {
  // None of before: whoever was told is not told again.
  const people = numbers(TRIES / 8).map((i) => i + 2);
  const places = new Map(people.map((i) => [i, newAddress()]));
  const placeOf = (i: number) => places.get(i) ?? '';
  await medianDifference(people, placeOf);
  await closeAll();
  await medianDifference(people, placeOf); // closes each of them
  expectNoDifference(await medianDifference(people, placeOf));

  const where = { type: 'rate_limit.exceeded' };
  expect(await server.services.db.auditEvent.count({ where })).toBeGreaterThanOrEqual(
    people.length * 2,
  );
}, 300_000);
