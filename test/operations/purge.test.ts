import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { purgeExpired } from '../../src/operations/jobs/purge.ts';
import { clockAt } from '../support/clock.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';

const clock = clockAt('2026-01-01T12:00:00Z');
const LONG_AGO = new Date('2026-01-01T10:59:59Z');
const JUST_NOW = new Date('2026-01-01T11:30:00Z');
const LATER = new Date('2026-01-01T13:00:00Z');

let database: TestDatabase;

beforeAll(async () => {
  database = await emptyDatabase();
  const { db } = database;
  await db.user.create({ data: { id: 'alice', login: 'alice' } });
  await db.client.create({
    data: {
      id: 'app',
      name: 'App',
      type: 'web',
      tokenEndpointAuthMethod: 'none',
      grantTypes: [],
      redirectUris: [],
      postLogoutRedirectUris: [],
      scope: 'openid',
      defaultScope: 'openid',
    },
  });
});

beforeEach(async () => {
  const { db } = database;
  await db.grant.deleteMany();
  await db.protocolState.deleteMany();
  await db.session.deleteMany();
  await db.rateLimit.deleteMany();
  await db.oneTimeLink.deleteMany();
  await db.mailedSignIn.deleteMany();
  await db.pendingRegistration.deleteMany();
  await db.invitation.deleteMany();
  await db.undoLink.deleteMany();
});

afterAll(() => database.dispose());

const state = (id: string, expiresAt: Date | null, grantId: string | null = null) => ({
  id,
  model: 'AccessToken',
  payload: {},
  expiresAt,
  grantId,
});
const link = (id: string, expiresAt: Date) => ({
  id,
  userId: 'alice',
  purpose: id, // of each purpose there is one
  email: 'alice@example.com',
  tokenHash: id,
  createdAt: LONG_AGO,
  expiresAt,
});
const mailed = (id: string, expiresAt: Date) => ({
  id,
  userId: 'alice',
  email: 'alice@example.com',
  browser: id,
  tokenHash: id,
  codeHash: id,
  createdAt: LONG_AGO,
  expiresAt,
});
const invitation = (id: string, expiresAt: Date) => ({
  id,
  email: `${id}@example.com`,
  tokenHash: id,
  createdAt: LONG_AGO,
  expiresAt,
});
const registration = (id: string, expiresAt: Date) => ({
  ...invitation(id, expiresAt),
  codeHash: id,
  browserMark: id,
});
const change = (expiresAt: Date) => ({
  userId: 'alice',
  newEmail: 'alice@example.org',
  newTokenHash: 'new',
  createdAt: LONG_AGO,
  expiresAt,
});
const grant = (id: string, expiresAt: Date) => ({
  id,
  userId: 'alice',
  clientId: 'app',
  scopes: {},
  createdAt: LONG_AGO,
  expiresAt,
});

test('what expired over an hour ago goes, in every table, and everything else stays', async () => {
  const { db } = database;
  const times = { old: LONG_AGO, recent: JUST_NOW, valid: LATER };
  for (const [id, expiresAt] of Object.entries(times)) {
    await db.grant.create({ data: grant(id, expiresAt) });
    await db.protocolState.create({ data: state(id, expiresAt) });
    await db.session.create({ data: { id, uid: id, payload: {}, expiresAt } });
    await db.rateLimit.create({ data: { key: id, points: 1, expire: expiresAt } });
    const { purpose, ...unbound } = link(id, expiresAt);
    await db.oneTimeLink.create({ data: { ...unbound, purpose } });
    await db.undoLink.create({ data: { ...unbound, change: 'password-set' } });
    await db.mailedSignIn.create({ data: mailed(id, expiresAt) });
    await db.pendingRegistration.create({ data: registration(id, expiresAt) });
    await db.invitation.create({ data: invitation(id, expiresAt) });
  }
  await db.emailChange.create({ data: change(LONG_AGO) });
  await db.protocolState.create({ data: state('endless', null) });
  await db.rateLimit.create({ data: { key: 'endless', points: 1, expire: null } });

  expect(await purgeExpired({ db, clock })).toEqual({
    protocolStates: 1,
    grants: 1,
    sessions: 1,
    rateLimits: 1,
    rememberedBrowsers: 0,
    oneTimeLinks: 1,
    mailedSignIns: 1,
    pendingRegistrations: 1,
    invitations: 1,
    undoLinks: 1,
    emailChanges: 1,
    mails: 0,
  });

  const ids = (rows: { id: string }[]) => rows.map(({ id }) => id).toSorted();
  expect(ids(await db.grant.findMany())).toEqual(['recent', 'valid']);
  expect(ids(await db.session.findMany())).toEqual(['recent', 'valid']);
  expect(ids(await db.oneTimeLink.findMany())).toEqual(['recent', 'valid']);
  expect(ids(await db.mailedSignIn.findMany())).toEqual(['recent', 'valid']);
  expect(ids(await db.pendingRegistration.findMany())).toEqual(['recent', 'valid']);
  expect(ids(await db.invitation.findMany())).toEqual(['recent', 'valid']);
  expect(ids(await db.undoLink.findMany())).toEqual(['recent', 'valid']);
  expect(ids(await db.protocolState.findMany())).toEqual(['endless', 'recent', 'valid']);
  expect((await db.rateLimit.findMany()).map(({ key }) => key).toSorted()).toEqual([
    'endless',
    'recent',
    'valid',
  ]);
});

test('with a grant goes what hangs on it; the consent it came from stays', async () => {
  const { db } = database;
  await db.grant.create({ data: grant('ended', LONG_AGO) });
  await db.protocolState.create({ data: state('its-token', LATER, 'ended') });
  await db.consent.create({ data: { userId: 'alice', clientId: 'app', scopes: {} } });

  await purgeExpired({ db, clock });
  expect(await db.protocolState.count()).toBe(0);
  expect(await db.consent.count()).toBe(1);
});

test('a mail goes after two weeks, whatever became of it', async () => {
  const { db } = database;
  const before = (days: number) => new Date(LONG_AGO.getTime() - days * 86_400_000);
  const mail = (id: string, createdAt: Date, more = {}) => ({
    data: { id, kind: 'x', recipient: 'a@example.com', createdAt, giveUpAt: LATER, ...more },
  });
  await db.mail.create(mail('sent', before(14), { sentAt: before(14) }));
  await db.mail.create(mail('waiting', before(14), { dueAt: LATER }));
  await db.mail.create(mail('recent', before(13), { sentAt: before(13) }));

  expect(await purgeExpired({ db, clock }, { batch: 1 })).toMatchObject({ mails: 2 });
  expect(await db.mail.findMany({ select: { id: true } })).toEqual([{ id: 'recent' }]);
  await db.mail.deleteMany();
});

test('many rows go in small batches, also when several nodes purge at once', async () => {
  const { db } = database;
  await db.protocolState.createMany({
    data: Array.from({ length: 230 }, (_, i) => state(`s${i}`, LONG_AGO)),
  });

  const purges = [0, 1, 2].map(() => purgeExpired({ db, clock }, { batch: 50 }));
  const counts = await Promise.all(purges);
  expect(counts.reduce((sum, { protocolStates = 0 }) => sum + protocolStates, 0)).toBe(230);
  expect(await db.protocolState.count()).toBe(0);
});

test('nothing to do is nothing done', async () => {
  expect(await purgeExpired({ db: database.db, clock })).toEqual({
    protocolStates: 0,
    grants: 0,
    sessions: 0,
    rateLimits: 0,
    rememberedBrowsers: 0,
    oneTimeLinks: 0,
    mailedSignIns: 0,
    pendingRegistrations: 0,
    invitations: 0,
    undoLinks: 0,
    emailChanges: 0,
    mails: 0,
  });
});
