import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import argon2 from 'argon2';
import {
  createPasswordHashing,
  type PasswordHashing,
} from '../../src/identity/passwords/password-hash.ts';
import { signIn } from '../../src/identity/sign-in/sign-in.ts';
import { createUser, disableUser, setPassword } from '../../src/identity/users/users.ts';
import { type AttemptDelays, createAttemptDelays } from '../../src/operations/attempt-delays.ts';
import { clockAt } from '../support/clock.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { passwordChecks, passwordHashing } from '../support/passwords.ts';

const SYSTEM = { type: 'system' } as const;
const PASSWORD = 'correct horse battery staple';
const WRONG = 'incorrect horse battery staple';
const clock = clockAt('2026-01-01T00:00:00Z');
const refusal = {
  refusal: 'unauthenticated',
  code: 'invalid_credentials',
  message: 'The username or password is not right.',
};

let database: TestDatabase;
let attemptDelays: AttemptDelays;
let address: string;
let used = 0;

const mail = { available: false, queue: async () => '' };
const throttleNotices = { tell: () => undefined };
const deps = () => ({
  ...database,
  clock,
  passwordHashing,
  passwordChecks,
  attemptDelays,
  mail,
  throttleNotices,
});
const facts = () => ({ requestId: 'request-1', address });
const attempt = (login: string, password: string) => signIn(deps(), { login, password }, facts());

beforeAll(async () => {
  database = await emptyDatabase();
  const { db } = database;
  attemptDelays = createAttemptDelays({ db, config: { insecureNoRateLimits: false } });
  await createUser(
    deps(),
    { login: 'alice', email: 'alice@example.com', password: PASSWORD },
    SYSTEM,
  );
  await createUser(deps(), { login: 'newcomer' }, SYSTEM);
  const gone = await createUser(deps(), { login: 'gone', password: PASSWORD }, SYSTEM);
  await disableUser(deps(), gone.id, SYSTEM);
});

beforeEach(async () => {
  used += 1;
  address = `192.0.2.${used}`; // limits count by address: every test has its own
  await database.db.auditEvent.deleteMany();
});

afterAll(() => database.dispose());

test('a person signs in by login or address, however it is typed', async () => {
  for (const login of ['alice', ' ALICE', 'Alice@Example.com']) {
    expect(await attempt(login, PASSWORD)).toMatchObject({ login: 'alice' });
  }
  expect(await attempt('alice', PASSWORD)).not.toHaveProperty('passwordHash');
  const [event] = await events();
  expect(event).toMatchObject({
    type: 'sign_in.succeeded',
    outcome: 'success',
    actorType: 'user',
    address,
    requestId: 'request-1',
  });
});

const FAILURES = [
  { who: 'nobody', login: 'nobody', reason: 'unknown_user' },
  { who: 'nobody, with an impossible login', login: 'no\0body', reason: 'unknown_user' },
  { who: 'alice with another password', login: 'alice', reason: 'wrong_password' },
  { who: 'somebody without a password', login: 'newcomer', reason: 'no_password' },
  { who: 'somebody disabled', login: 'gone', reason: 'disabled' },
];

test.each(FAILURES)('attack 27: $who hears the one refusal, after one hash', async (failure) => {
  const { hashing, verified } = counting();
  const password = failure.reason === 'disabled' ? PASSWORD : WRONG;
  const refused = signIn(
    { ...deps(), passwordHashing: hashing },
    { login: failure.login, password },
    facts(),
  );

  await expect(refused).rejects.toMatchObject(refusal);
  expect(verified).toHaveLength(1);
  expect(await events()).toEqual([
    expect.objectContaining({
      type: 'sign_in.failed',
      outcome: 'refused',
      actorType: 'anonymous',
      detail: { reason: failure.reason },
    }),
  ]);
});

test('attack 27: every refusal is counted alike', async () => {
  const costs = new Set<number>();
  for (const { login, reason } of FAILURES) {
    const before = await pointsTaken();
    await attempt(login, reason === 'disabled' ? PASSWORD : WRONG).catch(() => undefined);
    costs.add((await pointsTaken()) - before);
  }
  expect([...costs]).toEqual([4]);
});

test('what was typed is in no event', async () => {
  await attempt('my-secret-typed-as-login', WRONG).catch(() => undefined);
  await attempt('alice', WRONG).catch(() => undefined);
  const text = JSON.stringify(await database.db.auditEvent.findMany());
  expect(text).not.toContain('my-secret');
  expect(text).not.toContain('horse');
});

test('attack 28: the sixth guess at one account from one place is refused unheard', async () => {
  for (let guess = 0; guess < 5; guess++) {
    await expect(guessAt('alice')).rejects.toMatchObject(refusal);
  }
  const { hashing, verified } = counting();
  const late = signIn(
    { ...deps(), passwordHashing: hashing },
    { login: 'ALICE', password: PASSWORD },
    facts(),
  );
  await expect(late).rejects.toMatchObject({ refusal: 'too-many', code: 'rate_limited' });
  expect(verified).toEqual([]);

  address = '198.51.100.1'; // alice herself is elsewhere, and is not locked out
  expect(await attempt('alice', PASSWORD)).toMatchObject({ login: 'alice' });
});

test('attack 28: guesses in parallel do not outrun the limit', async () => {
  const { hashing, verified } = counting();
  const guess = () =>
    signIn({ ...deps(), passwordHashing: hashing }, { login: 'alice', password: WRONG }, facts());
  await Promise.allSettled(Array.from({ length: 30 }, guess));
  expect(verified).toHaveLength(5);
});

test('attack 28: one password on many accounts is refused by address', async () => {
  const { rejections } = await stuff(100);
  expect(rejections).toEqual(Array(100).fill(expect.objectContaining(refusal)));
  await expect(attempt('alice', PASSWORD)).rejects.toMatchObject({ refusal: 'too-many' });
});

test('a person may sign in as often as they like', async () => {
  for (let i = 0; i < 12; i++) expect(await attempt('alice', PASSWORD)).toBeTruthy();
});

test('attack 43: a full queue refuses everybody alike, and it counts as no guess', async () => {
  const narrow = createPasswordHashing({ concurrency: 1, queue: 1 });
  const held = holding(narrow);

  for (const login of ['alice', 'nobody', 'newcomer', 'gone']) {
    for (let i = 0; i < 12; i++) {
      await expect(
        signIn({ ...deps(), passwordHashing: held }, { login, password: PASSWORD }, facts()),
      ).rejects.toMatchObject({
        refusal: 'unavailable',
        code: 'sign_in_busy',
        retryAfterSeconds: 2,
      });
    }
  }
  expect(await attempt('alice', PASSWORD)).toMatchObject({ login: 'alice' });
  expect(await events('sign_in.failed')).toEqual([]);
});

test('an outdated hash is renewed at sign-in, a current one is left alone', async () => {
  const old = await argon2.hash(PASSWORD, { memoryCost: 8192, timeCost: 1, parallelism: 1 });
  await setHash(old);
  await attempt('alice', PASSWORD);
  const renewed = await hashOfAlice();
  expect(renewed).toContain('m=19456');

  await attempt('alice', PASSWORD);
  expect(await hashOfAlice()).toBe(renewed);
});

test('the hash of another system opens once, and is ours from then on', async () => {
  await setHash('$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG');
  await expect(attempt('alice', WRONG)).rejects.toMatchObject(refusal);
  expect(await hashOfAlice()).toMatch(/^\$2b\$/);

  expect(await attempt('alice', PASSWORD)).toMatchObject({ login: 'alice' });
  expect(await hashOfAlice()).toMatch(/^\$argon2id\$/);
  expect(await attempt('alice', PASSWORD)).toMatchObject({ login: 'alice' });
});

test('attack 27: a wrong password costs as much where the hash is another system’s', async () => {
  await setHash('{SSHA}s9nsX1KIrZulJm9ErcgNOhUQFoQwMTIzNDU2Nw==');
  const cost = async (login: string) => {
    const before = process.cpuUsage();
    await attempt(login, WRONG).catch(() => undefined);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const costs: Record<string, number[]> = { alice: [], nobody: [] };
  for (let run = 0; run < 3; run++) {
    for (const login of ['alice', 'nobody']) costs[login]?.push(await cost(login));
  }
  // An unsalted look alone would take a hundredth.
  expect(Math.min(...(costs['alice'] ?? []))).toBeGreaterThan(
    Math.min(...(costs['nobody'] ?? [])) / 3,
  );
  await setHash(await passwordHashing.hash(PASSWORD));
});

test('renewing a hash does not undo a password that was set meanwhile', async () => {
  const old = await argon2.hash(PASSWORD, { memoryCost: 8192, timeCost: 1, parallelism: 1 });
  await setHash(old);
  const { id } = await database.db.user.findUniqueOrThrow({ where: { login: 'alice' } });
  const meddled: PasswordHashing = {
    ...passwordHashing,
    async hash(password) {
      const phc = await passwordHashing.hash(password);
      await setPassword(deps(), { userId: id, password: 'the new one of alice' }, SYSTEM);
      return phc;
    },
  };
  await signIn(
    { ...deps(), passwordHashing: meddled },
    { login: 'alice', password: PASSWORD },
    facts(),
  );

  await expect(attempt('alice', PASSWORD)).rejects.toMatchObject(refusal);
  expect(await attempt('alice', 'the new one of alice')).toBeTruthy();
  await setHash(await passwordHashing.hash(PASSWORD));
});

async function pointsTaken() {
  const rows = await database.db.rateLimit.findMany();
  return rows.reduce((sum, { points }) => sum + points, 0);
}

function events(type?: string) {
  return database.db.auditEvent.findMany({ where: type ? { type } : {} });
}

async function setHash(passwordHash: string) {
  await database.db.user.update({ where: { login: 'alice' }, data: { passwordHash } });
}

async function hashOfAlice() {
  return (await database.db.user.findUniqueOrThrow({ where: { login: 'alice' } })).passwordHash;
}

/** That many accounts, a password each. */
async function stuff(accounts: number) {
  const rejections: unknown[] = [];
  for (let i = 0; i < accounts; i++) {
    await guessAt(`stuffed-${i}`).catch((error: unknown) => rejections.push(error));
  }
  return { rejections };
}

/** A wrong guess that takes no time to hash: the first delay is a second. */
function guessAt(login: string) {
  const hashing = { ...passwordHashing, verify: () => Promise.resolve(false) };
  return signIn({ ...deps(), passwordHashing: hashing }, { login, password: WRONG }, facts());
}

/** Counts verifications, which is what takes time. */
function counting() {
  const verified: unknown[] = [];
  const hashing: PasswordHashing = {
    ...passwordHashing,
    verify(phc, password) {
      verified.push(phc);
      return passwordHashing.verify(phc, password);
    },
  };
  return { hashing, verified };
}

/** Fills the queue the moment before each verification, so that it is full whatever else takes its time. */
function holding(narrow: PasswordHashing): PasswordHashing {
  return {
    ...narrow,
    verify(phc, password) {
      if (narrow.depth() === 0) narrow.verify(undefined, WRONG).catch(() => undefined);
      return narrow.verify(phc, password);
    },
  };
}
