// Attack 42: what is mailed, shown or kept by a browser to get into an account, and what is left of it in the log, the audit
// log and the database; also where it is sent to the wrong place.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { setPicture } from '../../src/identity/pictures/pictures.ts';
import { invite } from '../../src/identity/registration/invitations.ts';
import { addAuthenticator, offeredSeed } from '../../src/identity/second-factors/enrolment.ts';
import { setPassword } from '../../src/identity/users/users.ts';
import { createAgent, type Page } from '../support/agent.ts';
import { codeAt } from '../support/authenticator.ts';
import { clockAhead } from '../support/clock.ts';
import { get, postForm } from '../support/http.ts';
import { mailsTo, newestMailTo } from '../support/mailbox.ts';
import { atLogin, typeCode, waitingForCode } from '../support/mail-sign-in.ts';
import { passkeyOptions, personWithPasskey, usePasskey } from '../support/passkeys.ts';
import { newSecurityKey } from '../support/security-key.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const PASSWORD = 'seven quiet otters drifting';
const SYSTEM = { type: 'system' } as const;
const FACTS = { requestId: 'test', address: '203.0.113.7' };
const clock = clockAhead();
const secrets = new Set<string>();
let server: TestServer;
/** Whoever knows it sees the picture; it is what the row is found by. */
let picture = '';

const person = (login: string) => createPerson(server, { ...ALICE, login });
const addressOf = (login: string) => `${login}@example.com`;

/** The tokens and codes in a mail. */
async function overhear(address: string): Promise<void> {
  for (const { text } of await mailsTo(server, address)) {
    for (const [, token = ''] of text.matchAll(/\/([\w-]{43})(?=[\s/]|$)/g)) secrets.add(token);
    for (const [code] of text.matchAll(/\b\d{8}\b/g)) secrets.add(code);
  }
}

async function registration() {
  const agent = createAgent(server.issuer);
  const email = 'newcomer@example.com';
  const form = await agent.browse('/create-account');
  await agent.submit(form, 'create-submit', { email, password: PASSWORD });
  await invite(server.services, { email: 'invited@example.com', days: 7 }, SYSTEM);
  for (const address of [email, 'invited@example.com']) await overhear(address);
}

async function mail() {
  await person('mailed');
  const { db } = server.services;
  await db.user.update({ where: { login: 'mailed' }, data: { emailVerified: true } });
  const waiting = await waitingForCode(server, 'mailed');
  await typeCode(waiting, '00000000');
  await typeCode(waiting, waiting.code);
  await waitingForCode(server, 'mailed');
  await overhear(addressOf('mailed'));
}

async function passkey() {
  await person('keyed');
  const key = newSecurityKey();
  await personWithPasskey(server, { ...ALICE, login: 'keyed' }, key);
  const begun = await atLogin(server);
  secrets.add((await passkeyOptions(begun.agent, begun.page)).challenge);
  await usePasskey(server, begun, { key, changes: { origin: 'https://evil.example' } });
  await usePasskey(server, begun, { key });
}

async function rememberedBrowser() {
  const { id: userId } = await person('remembered');
  const offer = { userId, occasion: 'here' };
  const seed = offeredSeed(server.services, offer);
  const code = codeAt(seed, clock.now());
  const recoveryCodes = await addAuthenticator(server.services, { ...offer, code }, FACTS);
  for (const one of recoveryCodes) secrets.add(one);
  clock.advance(30);
  const agent = createAgent(server.issuer);
  const login = await agent.browse('/account');
  const asked = await agent.submit(login, 'login-submit', { ...ALICE, login: 'remembered' });
  const answer = { code: codeAt(seed, clock.now()), remember: 'yes' };
  await agent.submit(asked, 'second-factor-submit', answer);
  const cookie = agent.cookies.find(({ name }) => name.endsWith('latchkey_remembered'));
  secrets.add(cookie?.value ?? '');
}

async function changes() {
  const { id: userId } = await person('changed');
  const agent = createAgent(server.issuer);
  const page = await agent.browse('/account/email');
  const inside = await agent.submit(page, 'login-submit', { ...ALICE, login: 'changed' });
  await agent.submit(inside, 'email-submit', { email: 'other@example.com' });
  await overhear('other@example.com');
  await setPassword(server.services, { userId, password: PASSWORD }, SYSTEM);
  const { text } = await newestMailTo(server, addressOf('changed'), 'credential-changed');
  const link = /https?:\S+\/undo\/\S+/.exec(text)?.[0] ?? '';
  const undone: Page = await agent.submit(await agent.open(link), 'undo-submit');
  secrets.add(undone.url.split('/').at(-1) ?? '');
  await overhear(addressOf('changed'));
}

async function pictures() {
  const { id } = await person('shown');
  const create = { width: 9, height: 9, channels: 3, background: '#b5651d' } as const;
  await setPicture(server.services, id, await sharp({ create }).png().toBuffer());
  picture = (await server.services.db.userPicture.findFirstOrThrow()).id;
  await get(`${server.issuer}/pictures/${picture}`);
}

/** Everything where it doesn't belong: in addresses what stands in links, and in fields also what is typed. */
async function misplaced() {
  for (const secret of [...secrets, picture]) {
    await server.services.db.rateLimit.deleteMany();
    const isTyped = secret.length < 40;
    for (const place of isTyped
      ? []
      : ['undo', 'recovery', 'invitation', 'email-change', 'pictures', secret])
      await get(`${server.issuer}/${place}/${encodeURIComponent(secret)}`);
    const query = new URLSearchParams({ interaction: secret, token: secret, state: secret });
    for (const path of ['/recovery', '/account/signed-in', '/verify-email/done'])
      await get(`${server.issuer}${path}?${query.toString()}`);
    await postForm(`${server.issuer}/recovery`, { csrf: secret, login: secret });
  }
}

beforeAll(async () => {
  server = await startServer({ SIGN_IN_BY_MAIL: 'on', REGISTRATION: 'open' }, { clock });
  for (const flow of [registration, mail, passkey, rememberedBrowser, changes, pictures])
    await flow();
  await misplaced();
}, 120_000);

afterAll(() => server.close());

const found = (text: string, known = [...secrets]) =>
  known.filter((secret) => text.includes(secret));

test('attack 42: enough was overheard for this to mean something', () => {
  expect(secrets.size).toBeGreaterThan(20);
  expect([...secrets].filter((secret) => secret.length < 8)).toEqual([]);
  expect(server.log.length).toBeGreaterThan(150);
});

test('attack 42: nothing of it is in the log, nor is the way to a picture', () => {
  const text = server.log.join('\n');
  expect(found(text, [...secrets, picture])).toEqual([]);
  expect(found(decodeURIComponent(text.replaceAll('%', '%25')))).toEqual([]);
});

test('attack 42: nothing of it is in the audit log, nor is the way to a picture', async () => {
  const text = JSON.stringify(await server.services.db.auditEvent.findMany());
  expect(found(text, [...secrets, picture])).toEqual([]);
});

test('attack 42: nothing of it lies in the database', async () => {
  const { db } = server.services;
  const tables = [
    db.user.findMany(),
    db.mail.findMany(),
    db.oneTimeLink.findMany(),
    db.undoLink.findMany(),
    db.emailChange.findMany(),
    db.invitation.findMany(),
    db.pendingRegistration.findMany(),
    db.mailedSignIn.findMany(),
    db.passkey.findMany({ omit: { counter: true } }),
    db.recoveryCode.findMany(),
    db.rememberedBrowser.findMany(),
    db.protocolState.findMany(),
    db.session.findMany(),
    db.rateLimit.findMany(),
  ];
  expect(found(JSON.stringify(await Promise.all(tables)))).toEqual([]);
});
