import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { importUsers } from '../../src/identity/users/user-import.ts';
import { signIn } from '../../src/identity/sign-in/sign-in.ts';
import { createUser } from '../../src/identity/users/users.ts';
import { createAttemptDelays } from '../../src/operations/attempt-delays.ts';
import { clockAt } from '../support/clock.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { passwordChecks, passwordHashing } from '../support/passwords.ts';

const SYSTEM = { type: 'system' } as const;
const BCRYPT = '$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG';
const PASSWORD = 'correct horse battery staple';
const clock = clockAt('2026-01-01T00:00:00Z');

let database: TestDatabase;
const deps = () => ({ ...database, clock, passwordHashing, passwordChecks });

beforeAll(async () => {
  database = await emptyDatabase();
});

beforeEach(async () => {
  await database.db.user.deleteMany();
  await database.db.auditEvent.deleteMany();
});

afterAll(() => database.dispose());

function importing(...people: (object | string)[]) {
  const lines = people.map((one, i) => ({
    number: i + 1,
    text: typeof one === 'string' ? one : JSON.stringify(one),
  }));
  return importUsers(deps(), lines, SYSTEM);
}

const people = () => database.db.user.findMany({ orderBy: { login: 'asc' } });
const events = () =>
  database.db.auditEvent.findMany({ where: { type: 'user.imported', at: { gte: clock.now() } } });

test('a person comes with all that the line says, and is on record', async () => {
  const outcome = await importing({
    login: 'Alice',
    email: 'Alice@Example.com',
    email_verified: true,
    name: 'Alice Liddell',
    password_hash: BCRYPT,
    created_at: '2019-05-04T10:00:00+02:00',
  });
  expect(outcome).toEqual({ imported: 1, skipped: 0, faults: [] });

  const [alice] = await people();
  expect(alice).toMatchObject({
    login: 'alice',
    email: 'alice@example.com',
    emailVerified: true,
    name: 'Alice Liddell',
    passwordHash: BCRYPT,
    administrator: false,
    disabledAt: null,
    createdAt: new Date('2019-05-04T08:00:00Z'),
  });
  expect(await events()).toEqual([
    expect.objectContaining({
      targetType: 'user',
      targetId: alice?.id,
      actorType: 'system',
      at: clock.now(),
      detail: { login: 'alice' },
    }),
  ]);
});

test('what the line leaves out is absent', async () => {
  await importing({ login: 'bob' }, { login: 'mallory', disabled: true });
  expect(await people()).toEqual([
    expect.objectContaining({
      login: 'bob',
      email: null,
      emailVerified: false,
      passwordHash: null,
      disabledAt: null,
      createdAt: clock.now(),
    }),
    expect.objectContaining({ login: 'mallory', disabledAt: clock.now() }),
  ]);
});

test('an imported person signs in with the password they had', async () => {
  await importing({ login: 'alice', password_hash: BCRYPT });
  const attemptDelays = createAttemptDelays({
    db: database.db,
    config: { insecureNoRateLimits: false },
  });
  const facts = { requestId: 'request-1', address: '192.0.2.1' };
  const attempt = { login: 'alice', password: PASSWORD };
  const own = { ...deps(), attemptDelays, throttleNotices: { tell: () => undefined } };
  expect(await signIn(own, attempt, facts)).toMatchObject({ login: 'alice' });
  expect((await people())[0]?.passwordHash).toMatch(/^\$argon2id\$/);
});

test.each([
  ['no JSON', '{"login": "alice"', 'This is no JSON object.'],
  ['no object', '["alice"]', 'This is no JSON object.'],
  ['no login', {}, 'login: '],
  ['a login with a space', { login: 'a b' }, 'A username has no spaces'],
  ['the address of another as login', { login: 'a@b.example', email: 'c@d.example' }, 'with an @'],
  ['a password in clear', { login: 'alice', password: 'correct horse' }, 'password'],
  ['an unknown hash', { login: 'alice', password_hash: 'md5' }, 'password_hash: is no hash'],
  [
    'a hash that would take hours',
    { login: 'alice', password_hash: `$2b$31$${BCRYPT.slice(7)}` },
    'password_hash: is no hash',
  ],
  ['a date without a time', { login: 'alice', created_at: '2020-01-01' }, 'created_at: '],
  ['more rights', { login: 'alice', administrator: true }, 'administrator'],
  ['a chosen id', { login: 'alice', id: 'chosen' }, 'id'],
  ['a NUL', '{"login":"al\\u0000ice"}', 'A username has no spaces'],
])('a line with %s is named, and the others are imported', async (_what, line, message) => {
  const outcome = await importing({ login: 'before' }, line, { login: 'behind' });
  expect(outcome).toEqual({
    imported: 2,
    skipped: 0,
    faults: [{ line: 2, message: expect.stringContaining(message) }],
  });
  expect(await events()).toHaveLength(2);
});

test('a second run skips whoever is there, and changes nothing of theirs', async () => {
  await importing({ login: 'alice', name: 'Alice' });
  const before = await people();
  const outcome = await importing({ login: 'ALICE', name: 'Mallory' }, { login: 'bob' });
  expect(outcome).toEqual({ imported: 1, skipped: 1, faults: [] });
  expect((await people())[0]).toEqual(before[0]);
  expect(await events()).toHaveLength(2);
});

test('one address is one person’s, in the file and in the database', async () => {
  const email = 'alice@example.com';
  await createUser(deps(), { login: 'alice', email }, SYSTEM);
  const outcome = await importing(
    { login: 'mallory', email },
    { login: 'bob', email: 'bob@example.com' },
    { login: 'bobby', email: 'Bob@example.com' },
    { login: 'bob' },
  );
  expect(outcome).toEqual({
    imported: 1,
    skipped: 1,
    faults: [
      { line: 1, message: 'This email address is taken.' },
      { line: 3, message: 'This email address is taken.' },
    ],
  });
});

test('two runs of one file at once import each person once', async () => {
  const file = Array.from({ length: 50 }, (_, i) => ({ login: `person-${i}` }));
  const outcomes = await Promise.all([importing(...file), importing(...file), importing(...file)]);
  expect(outcomes.reduce((sum, { imported }) => sum + imported, 0)).toBe(50);
  expect(outcomes.flatMap(({ faults }) => faults)).toEqual([]);
  expect(await people()).toHaveLength(50);
  expect(await events()).toHaveLength(50);
});
