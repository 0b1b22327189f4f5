import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createApi, listApis } from '../../src/authorization/apis/apis.ts';
import { resolveOwner } from '../../src/authorization/ownership/ownership.ts';
import { completeSetup } from '../../src/identity/setup/setup-completion.ts';
import {
  bootstrapAdministrator,
  ensureInstallation,
  isSetupPending,
  issueSetupToken,
} from '../../src/identity/setup/setup.ts';
import { createUser, type User } from '../../src/identity/users/users.ts';
import { createRateLimits, type RateLimits } from '../../src/operations/rate-limiter.ts';
import { connectDatabase, type Database, transact } from '../../src/storage/database.ts';
import { clockAt } from '../support/clock.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { passwordChecks, passwordHashing } from '../support/passwords.ts';

const SYSTEM = { type: 'system' } as const;
const PASSWORD = 'correct horse battery staple';
const clock = clockAt('2026-01-01T00:00:00Z');
const secretKey = randomBytes(32);
const facts = { requestId: 'request-1', address: '192.0.2.1' };

let directory: string;
let database: TestDatabase;
/** Another process on the same database. */
let elsewhere: Database;
let rateLimits: RateLimits;

const deps = (db = database.db) => ({
  ...database,
  db,
  clock,
  passwordHashing,
  passwordChecks,
  rateLimits,
  secretKey,
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchkey-setup-'));
});

beforeEach(async () => {
  database = await emptyDatabase();
  elsewhere = await connectDatabase(database.config);
  rateLimits = createRateLimits({
    db: database.db,
    clock,
    config: { insecureNoRateLimits: false },
  });
});

afterEach(async () => {
  await elsewhere.$disconnect();
  await database.dispose();
});

afterAll(() => rm(directory, { recursive: true }));

test('any number of processes make one installation', async () => {
  await Promise.all(
    Array.from({ length: 10 }, (_, i) => ensureInstallation(deps(i % 2 ? elsewhere : database.db))),
  );
  expect(await database.db.installation.count()).toBe(1);
  expect(await isSetupPending(deps())).toBe(true);
});

test('another secret key is refused by name', async () => {
  await ensureInstallation(deps());
  const other = ensureInstallation({ ...deps(), secretKey: randomBytes(32) });
  await expect(other).rejects.toMatchObject({
    code: 'wrong_secret_key',
    message: expect.stringContaining('SECRET_KEY'),
  });
  await ensureInstallation(deps());
});

test('the link makes the first administrator, who takes over what there is', async () => {
  const token = await installed();
  await createApi(deps(), { identifier: 'urn:example:orders', permissions: [] }, SYSTEM);
  await insertClient('nightly');
  expect((await listApis(deps()))[0]?.ownerId).toBeNull();

  const alice = await completeSetup(deps(), submission(token, 'alice'), facts);

  expect(alice).toMatchObject({ login: 'alice', administrator: true });
  expect((await listApis(deps()))[0]?.ownerId).toBe(alice.id);
  expect(await database.db.client.findMany({ select: { ownerId: true } })).toEqual([
    { ownerId: alice.id },
  ]);
  expect(await isSetupPending(deps())).toBe(false);
  expect(await issueSetupToken(deps())).toBeUndefined();
  expect(await typesOfEvents()).toEqual([
    'api.created',
    'installation.setup_completed',
    'user.created',
  ]);
  const revisions = await database.db.revision.findMany({ where: { number: { gte: 1 } } });
  expect(revisions.map(({ topic }) => topic).toSorted()).toEqual(['apis', 'clients']);
});

test('the token is never stored', async () => {
  const token = await installed();
  expect(JSON.stringify(await database.db.installation.findMany())).not.toContain(token);
});

test('every node that starts gives out the same link, and another installation another', async () => {
  const token = await installed();
  expect(await issueSetupToken(deps(elsewhere))).toBe(token);
  expect(token).toMatch(/^[\w-]{43}$/);

  const other = await emptyDatabase();
  await ensureInstallation(deps(other.db));
  expect(await issueSetupToken(deps(other.db))).not.toBe(token);
  await other.dispose();

  await completeSetup(deps(), submission(token, 'alice'), facts);
  expect(await issueSetupToken(deps(elsewhere))).toBeUndefined();
});

test('a link that was used or guessed opens nothing', async () => {
  const token = await installed();
  for (const wrong of ['', 'guess', token.toLowerCase(), `${token}A`, token.slice(1)]) {
    await expect(completeSetup(deps(), submission(wrong, 'mallory'), facts)).rejects.toMatchObject({
      refusal: 'not-found',
      code: 'setup_link_invalid',
    });
  }
  await completeSetup(deps(), submission(token, 'alice'), facts);
  await expect(completeSetup(deps(), submission(token, 'mallory'), facts)).rejects.toMatchObject({
    code: 'setup_link_invalid',
  });

  expect(await database.db.user.count()).toBe(1);
  const refused = { type: 'installation.setup_refused', outcome: 'refused', address: '192.0.2.1' };
  expect(await database.db.auditEvent.count({ where: refused })).toBe(6);
});

test('guessing the link is refused after ten attempts', async () => {
  const token = await installed();
  for (let guess = 0; guess < 11; guess++) {
    await completeSetup(deps(), submission('guess', 'mallory'), facts).catch(() => undefined);
  }
  const late = completeSetup(deps(), submission(token, 'mallory'), facts);
  await expect(late).rejects.toMatchObject({ refusal: 'too-many' });
});

test('of ten submissions at once, in two processes, one makes the administrator', async () => {
  const token = await installed();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) =>
      completeSetup(deps(i % 2 ? elsewhere : database.db), submission(token, `admin-${i}`), facts),
    ),
  );

  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes.filter(({ status }) => status === 'rejected')) {
    expect(outcome).toMatchObject({ reason: { code: 'setup_link_invalid' } });
  }
  expect(await database.db.user.count()).toBe(1);
});

test('a form with a fault changes nothing, and the link still works', async () => {
  const token = await installed();
  const weak = { ...submission(token, 'alice'), password: 'passwordpassword' };
  await expect(completeSetup(deps(), weak, facts)).rejects.toMatchObject({
    code: 'password_common',
  });
  await createUser(deps(), { login: 'bob' }, SYSTEM);
  const taken = submission(token, 'bob');
  await expect(completeSetup(deps(), taken, facts)).rejects.toMatchObject({ code: 'login_taken' });

  expect(await isSetupPending(deps())).toBe(true);
  expect(await completeSetup(deps(), submission(token, 'alice'), facts)).toBeTruthy();
});

test('what is being registered while setup completes has an owner afterwards', async () => {
  const token = await installed();
  const setup: Promise<User>[] = [];
  await transact(elsewhere, async (tx) => {
    const ownerId = await resolveOwner(tx, { actor: SYSTEM });
    expect(ownerId).toBeNull();
    setup.push(completeSetup(deps(), submission(token, 'alice'), facts));
    await sleep(400); // long enough for a setup that does not wait for this transaction
    const api = { identifier: 'urn:example:late', name: 'Late', accessTokenSeconds: 60 };
    await tx.api.create({ data: { ...api, ownerId } });
  });
  const [alice] = await Promise.all(setup);

  expect(await listApis(deps())).toEqual([expect.objectContaining({ ownerId: alice?.id })]);
});

test('an administrator from the command line completes the setup too', async () => {
  const token = await installed();
  await createApi(deps(), { identifier: 'urn:example:orders', permissions: [] }, SYSTEM);
  const alice = await createUser(
    deps(),
    { login: 'alice', administrator: true, password: PASSWORD },
    SYSTEM,
  );

  expect((await listApis(deps()))[0]?.ownerId).toBe(alice.id);
  await expect(completeSetup(deps(), submission(token, 'mallory'), facts)).rejects.toMatchObject({
    code: 'setup_link_invalid',
  });
  await createUser(deps(), { login: 'bob', administrator: true }, SYSTEM);
  const completed = { type: 'installation.setup_completed' };
  expect(await database.db.auditEvent.count({ where: completed })).toBe(1);
  expect((await listApis(deps()))[0]?.ownerId).toBe(alice.id);
});

test('ADMIN_EMAIL makes the administrator once, however many nodes start', async () => {
  await installed();
  const config = await settings(`${PASSWORD}\n`);
  const nodes = Array.from({ length: 6 }, (_, i) =>
    bootstrapAdministrator({ ...deps(i % 2 ? elsewhere : database.db), config }),
  );
  const made = (await Promise.all(nodes)).filter(Boolean);

  expect(made).toEqual([
    expect.objectContaining({ login: 'root@example.com', administrator: true }),
  ]);
  expect(await bootstrapAdministrator({ ...deps(), config })).toBeUndefined();
  const user = await database.db.user.findFirstOrThrow();
  expect(await passwordHashing.verify(user.passwordHash, PASSWORD)).toBe(true);
  expect(await database.db.user.count()).toBe(1);
});

test('ADMIN_PASSWORD_FILE must be there and hold a password that may be one', async () => {
  await installed();
  const missing = { ...(await settings('')), adminPasswordFile: join(directory, 'nowhere') };
  await expect(bootstrapAdministrator({ ...deps(), config: missing })).rejects.toMatchObject({
    code: 'admin_password_unreadable',
    message: expect.stringContaining('ADMIN_PASSWORD_FILE'),
  });
  const two = await settings(`${PASSWORD}\nanother one\n`);
  await expect(bootstrapAdministrator({ ...deps(), config: two })).rejects.toMatchObject({
    code: 'admin_password_unreadable',
    message: expect.stringContaining('one line'),
  });
  const weak = await settings('short');
  await expect(bootstrapAdministrator({ ...deps(), config: weak })).rejects.toMatchObject({
    code: 'password_too_short',
  });
  expect(await isSetupPending(deps())).toBe(true);
});

async function installed(): Promise<string> {
  await ensureInstallation(deps());
  return (await issueSetupToken(deps())) ?? '';
}

function submission(token: string, login: string) {
  return { token, login, email: undefined, name: undefined, password: PASSWORD };
}

async function settings(password: string) {
  const adminPasswordFile = join(directory, 'admin-password');
  await writeFile(adminPasswordFile, password);
  return { adminEmail: 'root@example.com', adminPasswordFile };
}

async function typesOfEvents() {
  return (await database.db.auditEvent.findMany()).map(({ type }) => type).toSorted();
}

async function insertClient(id: string) {
  const lists = { grantTypes: [], redirectUris: [], postLogoutRedirectUris: [] };
  const text = { type: 'service', tokenEndpointAuthMethod: 'none', scope: '', defaultScope: '' };
  await database.db.client.create({ data: { id, name: id, ...lists, ...text } });
}
