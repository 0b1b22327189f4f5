// Attacks on the links that undo a change: fetched by scanners, used twice, forged, led elsewhere, guessed, kept (30, 22);
// and what a thief would do to be ahead of the owner.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { undoChange } from '../../src/identity/credential-undo/credential-undo.ts';
import { requestEmailChange } from '../../src/identity/email-change/email-change.ts';
import {
  confirmEmailChange,
  requireChange,
} from '../../src/identity/email-change/email-change-links.ts';
import { requireUndoLink } from '../../src/identity/one-time-links/undo-links.ts';
import { scheduleDeletion } from '../../src/identity/users/account-deletion.ts';
import { attestationField } from '../../src/identity/passkeys/passkey-answer.ts';
import { addPasskey as enrol } from '../../src/identity/passkeys/passkey-enrolment.ts';
import { chooseFirstPassword } from '../../src/identity/users/password-change.ts';
import { setPassword } from '../../src/identity/users/users.ts';
import { transact } from '../../src/storage/database.ts';
import { createAgent, formOf } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { linkIn, mailsTo, newestMailTo } from '../support/mailbox.ts';
import { atLogin, isIn, typeCode, waitingForCode } from '../support/mail-sign-in.ts';
import { meanwhile } from '../support/meanwhile.ts';
import { atPasskeys, creationOptions, personWithPasskey, usePasskey } from '../support/passkeys.ts';
import { sendRaw, statusesOf } from '../support/raw-http.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { newSecurityKey, register } from '../support/security-key.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const OLD = 'correct horse battery staple';
const NEW = 'seven quiet otters drifting';
const SYSTEM = { type: 'system' } as const;
const FACTS = { requestId: 'request-1', address: '192.0.2.1' };
const clock = clockAhead();
let server: TestServer;
let count = 0;
let login: string;
let address: string;
let userId: string;
let link: string;

beforeAll(async () => {
  server = await startServer({ SIGN_IN_BY_MAIL: 'on' }, { clock });
});

afterAll(() => server.close());

beforeEach(async () => {
  await server.services.db.rateLimit.deleteMany();
  login = `person-${(count += 1)}`;
  address = `${login}@example.com`;
  ({ id: userId } = await createPerson(server, { login, password: OLD }));
  link = await changePassword(NEW);
});

async function changePassword(password: string): Promise<string> {
  await setPassword(server.services, { userId, password }, SYSTEM);
  return linkIn(await newestMailTo(server, address, 'credential-changed'));
}

const hashOf = async () =>
  (await server.services.db.user.findUnique({ where: { id: userId } }))?.passwordHash;
const tokenOf = (url: string) => url.split('/').at(-1) ?? '';

test('attack 30: a scanner that follows the link, however often, undoes nothing', async () => {
  const before = await hashOf();
  for (let i = 0; i < 3; i++) {
    expect((await fetch(link)).status).toBe(200);
    expect((await fetch(link, { method: 'HEAD' })).status).toBe(200);
  }
  expect(await hashOf()).toBe(before);
});

test('attack 30: of many who undo at once, one does, and nobody after', async () => {
  const open = await requireUndoLink(server.services, tokenOf(link), FACTS);
  const attempts = Array.from({ length: 8 }, () => undoChange(server.services, open, FACTS));
  const outcomes = await Promise.allSettled(attempts);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const refusals = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
  expect(new Set(refusals)).toEqual(new Set(['link_invalid']));
  const where = { type: 'credential.change_undone', targetId: userId };
  expect(await server.services.db.auditEvent.count({ where })).toBe(1);
  expect((await createAgent(server.issuer).open(link)).status).toBe(404);
});

test.each([
  ['from elsewhere', { origin: 'https://evil.example' }, undefined],
  ['of a sandboxed frame', { origin: 'null' }, undefined],
  ['without a token', {}, ''],
  ['with another token', {}, 'x'.repeat(43)],
  ['as plain text', { 'content-type': 'text/plain' }, undefined],
])('attack 22: a form %s undoes nothing', async (_, headers, csrf) => {
  const agent = createAgent(server.issuer);
  const { action, fields } = formOf((await agent.open(link)).body, 'undo-submit');
  const before = await hashOf();
  const { status } = await agent.open(
    action,
    { ...fields, ...(csrf !== undefined && { csrf }) },
    headers,
  );
  expect([400, 403]).toContain(status);
  expect(await hashOf()).toBe(before);
  expect((await agent.open(link)).status).toBe(200);
});

test('attack 30: a link is good for its purpose alone', async () => {
  const agent = createAgent(server.issuer);
  await agent.submit(await agent.open('/recovery'), 'recovery-submit', { login });
  const reset = linkIn(await newestMailTo(server, address, 'reset-password'));
  for (const wrong of [
    link.replace('/undo/', '/recovery/'),
    link.replace('/undo/', '/verify-email/'),
    reset.replace('/recovery/', '/undo/'),
  ])
    expect((await agent.open(wrong)).status).toBe(404);
});

test.each([
  ['Host: evil.example', 421],
  ['X-Forwarded-Host: evil.example', 303],
])('attack 30: %s does not lead the new password elsewhere', async (line, expected) => {
  const agent = createAgent(server.issuer);
  const { fields } = formOf((await agent.open(link)).body, 'undo-submit');
  const body = new URLSearchParams({ csrf: String(fields['csrf']) }).toString();
  const request = [
    `POST ${new URL(link).pathname} HTTP/1.1`,
    ...(line.startsWith('Host:') ? [line] : [`Host: ${new URL(server.issuer).host}`, line]),
    `Cookie: ${agent.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    'Connection: close',
    '',
    body,
  ];
  const answer = await sendRaw(server.issuer, request.join('\n'));
  expect(statusesOf(answer)).toEqual([expected]);
  expect(answer).not.toMatch(/location:.*evil/i);
  for (const { text, html } of await mailsTo(server, address))
    expect(text + html).not.toContain('evil.example');
});

test('attack 30: the page of a link is kept by no cache, and tells its address to nobody', async () => {
  const { headers, body } = await createAgent(server.issuer).open(link);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('referrer-policy')).toBe('strict-origin');
  expect(body).not.toMatch(/(?:href|src)="https?:/);
  expect(server.log.join('')).not.toContain(tokenOf(link));
});

test('attack 30: neither the token nor what it leads to is at rest in clear', async () => {
  const { db } = server.services;
  const agent = createAgent(server.issuer);
  const page = await agent.submit(await agent.open(link), 'undo-submit');
  const rows = JSON.stringify([
    await db.undoLink.findMany(),
    await db.oneTimeLink.findMany(),
    await db.auditEvent.findMany(),
    await db.mail.findMany(),
  ]);
  for (const secret of [link, page.url].map(tokenOf)) {
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(rows).not.toContain(secret);
  }
});

test('attack 30: a thief’s own changes, before or after, do not end the link of the owner', async () => {
  for (let i = 0; i < 3; i++) {
    clock.advance(60);
    await changePassword(`${NEW} ${i}`);
  }
  await server.services.db.user.update({
    where: { id: userId },
    data: { email: `thief-${address}` },
  });
  const agent = createAgent(server.issuer);
  const page = await agent.submit(await agent.open(link), 'undo-submit');
  expect(page.body).toContain('id="new-password-submit"');
  expect(await server.services.db.undoLink.count({ where: { userId } })).toBe(0);
  expect(await server.services.db.user.findUnique({ where: { id: userId } })).toMatchObject({
    email: address,
    passwordHash: null,
  });
});

test('attack 21: a sign-in of the thief’s whose password is looked at meanwhile gives no access', async () => {
  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  const { url } = await authorizationRequest(await relyingParty(server.issuer, id));
  const thief = createAgent(server.issuer);
  const page = await thief.browse(url.href);
  const open = await requireUndoLink(server.services, tokenOf(link), FACTS);
  meanwhile(server.services.passwordHashing, 'verify', () =>
    undoChange(server.services, open, FACTS),
  );

  const answer = await thief.submit(page, 'login-submit', { login, password: NEW });

  expect(answer.url).toMatch(/\/login$/);
  expect(await server.services.db.session.count({ where: { userId } })).toBe(0);
});

test('attack 21: nor does a sign-in by mail, or by a passkey that the thief has added', async () => {
  const { db, rateLimits, registry } = server.services;
  await db.user.update({ where: { id: userId }, data: { emailVerified: true } });
  const undo = async () =>
    undoChange(
      server.services,
      await requireUndoLink(server.services, tokenOf(link), FACTS),
      FACTS,
    );
  const waiting = await waitingForCode(server, login);
  meanwhile(rateLimits, 'reward', undo);
  expect(isIn(await typeCode(waiting, waiting.code))).toBe(false);

  await setPassword(server.services, { userId, password: OLD }, SYSTEM);
  link = await changePassword(NEW);
  const key = newSecurityKey();
  clock.advance(60);
  await personWithPasskey(server, { login, password: NEW }, key);
  const begun = await atLogin(server);
  // It is looked up to find the step that is due, and then to go on from it.
  meanwhile(registry, 'find', () => Promise.resolve(meanwhile(registry, 'find', undo)));
  expect(isIn(await usePasskey(server, begun, { key }))).toBe(false);
  expect(await db.undoLink.count({ where: { userId, change: 'passkey-added' } })).toBe(0);
  expect(await db.session.count({ where: { userId } })).toBe(0);
});

test('attack 21: nor does a first password that the thief was about to choose', async () => {
  const { db } = server.services;
  const where = { id: userId };
  await db.user.update({ where, data: { passwordHash: null } });
  const user = await db.user.findUniqueOrThrow({ where, omit: { passwordHash: true } });
  await undoChange(
    server.services,
    await requireUndoLink(server.services, tokenOf(link), FACTS),
    FACTS,
  );
  const chosen = chooseFirstPassword(server.services, { user, password: NEW, keep: 'everything' });
  await expect(chosen).rejects.toMatchObject({ code: 'password_changed' });
  expect(await hashOf()).toBeNull();
});

test('attack 21: nor does a passkey that the thief is about to add', async () => {
  const { db } = server.services;
  const { agent } = await atPasskeys(server, { login, password: NEW });
  const open = await requireUndoLink(server.services, tokenOf(link), FACTS);
  const key = newSecurityKey();
  const { challenge, rp, user } = await creationOptions(agent);
  key.userHandle = user.id;
  const ceremony = { challenge, origin: server.issuer, rpId: rp.id };
  const answer = attestationField.parse(register(key, ceremony));
  const person = await db.user.findUniqueOrThrow({ where: { id: userId } });
  const { uid: place } = await db.session.findFirstOrThrow({ where: { userId } });
  await undoChange(server.services, open, FACTS);
  const { credentialsVersion: version } = person;
  const request = { user: person, place, answer, browser: undefined, version };
  await expect(enrol(server.services, request, FACTS)).rejects.toMatchObject({
    code: 'passkey_refused',
  });
  expect(await db.passkey.count({ where: { userId } })).toBe(0);
});

test('attack 30: a change of the address that is confirmed at that moment does not outrun it', async () => {
  const { db } = server.services;
  for (let i = 0; i < 6; i++) {
    const user = await db.user.update({
      where: { id: userId },
      data: { emailVerified: false },
      omit: { passwordHash: true },
    });
    const thiefs = `thief-${i}-${address}`;
    await requestEmailChange(server.services, { user, typed: thiefs }, FACTS);
    const confirmation = linkIn(await newestMailTo(server, thiefs, 'email-change-confirm'));
    const change = await requireChange(server.services, tokenOf(confirmation), FACTS);
    const open = await requireUndoLink(server.services, tokenOf(link), FACTS);
    const [undone, confirmed] = await Promise.allSettled([
      undoChange(server.services, open, FACTS),
      confirmEmailChange(server.services, change, FACTS),
    ]);
    expect(undone.status).toBe('fulfilled');
    const refused = confirmed.status === 'rejected' ? [confirmed.reason.code] : [];
    expect(refused.filter((code) => code !== 'link_invalid')).toEqual([]);
    const { email } = await db.user.findUniqueOrThrow({ where: { id: userId } });
    expect(email).toBe(address);
    await db.rateLimit.deleteMany();
    link = await changePassword(`${NEW} ${i}`);
  }
});

test('a thief who has the account deleted has it deleted by nobody', async () => {
  await scheduleDeletion(server.services, userId, SYSTEM);
  const agent = createAgent(server.issuer);
  await agent.submit(await agent.open(link), 'undo-submit');
  const { db } = server.services;
  expect((await db.user.findUniqueOrThrow({ where: { id: userId } })).deletionDueAt).toBeNull();
  const where = { type: 'user.deletion_cancelled', targetId: userId };
  expect(await db.auditEvent.count({ where })).toBe(1);
});

test('what applications were allowed since is taken back, and nothing of before', async () => {
  const { db } = server.services;
  const [mine, thiefs] = await Promise.all(
    ['spa', 'web'].map((type) => createTestClient(server, type === 'spa' ? 'spa' : 'web')),
  );
  const allow = (clientId = '', updatedAt: Date) =>
    db.consent.create({ data: { userId, clientId, scopes: {}, updatedAt } });
  await allow(mine?.id, new Date(clock.now().getTime() - 60_000));
  await allow(thiefs?.id, new Date(clock.now().getTime() + 60_000));

  const agent = createAgent(server.issuer);
  await agent.submit(await agent.open(link), 'undo-submit');

  const left = await db.consent.findMany({ where: { userId } });
  expect(left.map(({ clientId }) => clientId)).toEqual([mine?.id]);
});

test('somebody who takes the address at that moment keeps it, and the account is locked', async () => {
  const { db } = server.services;
  await db.user.update({ where: { id: userId }, data: { email: `thief-${address}` } });
  const open = await requireUndoLink(server.services, tokenOf(link), FACTS);
  let undone: Promise<string | undefined> | undefined;
  await transact(db, async (tx) => {
    await tx.user.create({ data: { login: `other-${login}`, email: address } });
    undone = undoChange(server.services, open, FACTS);
    await sleep(300);
  });
  expect(await undone).toBeUndefined();
  expect(await db.user.findUnique({ where: { id: userId } })).toMatchObject({
    email: null,
    passwordHash: null,
  });
});

test('attack 30: tokens cannot be guessed for long, and each refusal is on record', async () => {
  const agent = createAgent(server.issuer);
  const where = { type: 'user.link_refused' };
  const before = await server.services.db.auditEvent.count({ where });
  const statuses = [];
  for (let i = 0; i < 32; i++) statuses.push((await agent.open(`/undo/${i}`)).status);
  expect(statuses).toEqual([...Array<number>(30).fill(404), 429, 429]);
  expect(await server.services.db.auditEvent.count({ where })).toBe(before + 30);
});
