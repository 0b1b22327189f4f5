// Passkeys through the pages: added and looked after at the account, and used to sign in.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { removePasskey } from '../../src/identity/passkeys/own-passkeys.ts';
import { rememberBrowser } from '../../src/identity/remembered-browsers/remembered-browsers.ts';
import { addAuthenticator, offeredSeed } from '../../src/identity/second-factors/enrolment.ts';
import { removeSecondFactors } from '../../src/identity/second-factors/second-factors.ts';
import { type Agent, createAgent, formOf, locationOf, type Page } from '../support/agent.ts';
import { codeAt } from '../support/authenticator.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { mailsTo } from '../support/mailbox.ts';
import {
  addPasskey,
  atPasskeys,
  type CreationOptions,
  creationOptions,
  passkeyOptions,
  personWithPasskey,
  usePasskey,
} from '../support/passkeys.ts';
import {
  authorizationRequest,
  callbackOf,
  redeem,
  relyingParty,
} from '../support/relying-party.ts';
import { FLAGS, newSecurityKey, register } from '../support/security-key.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const AAL1 = 'http://idmanagement.gov/ns/assurance/aal/1';
const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';
const FACTS = { requestId: 'test', address: '203.0.113.7' };
const SYNCED = FLAGS.up | FLAGS.uv | FLAGS.be | FLAGS.bs;
const clock = clockAhead();

let server: TestServer;
let number = 0;
let alice: { id: string; login: string; password: string };
let clientId: string;

beforeAll(async () => {
  server = await startServer({}, { clock });
});

afterAll(() => server.close());

beforeEach(async () => {
  const person = { login: `alice-${++number}`, password: 'a long enough password' };
  alice = { ...person, id: (await createPerson(server, person)).id };
  ({ id: clientId } = await createTestClient(server, 'spa', { firstParty: true }));
});

const stepOf = ({ url }: Page) => url.split('/').at(-1);
const person = () => ({ login: alice.login, password: alice.password });

async function begin(agent: Agent, parameters: Record<string, string> = {}) {
  const party = await relyingParty(server.issuer, clientId);
  const request = await authorizationRequest(party, parameters);
  return { party, request, page: await agent.browse(request.url.href) };
}

function eventsOf(type: string) {
  return server.services.db.auditEvent.findMany({
    where: { type, targetId: alice.id },
    orderBy: { at: 'asc' },
  });
}

test('a passkey is added, and signs its person in by itself, as two factors', async () => {
  const key = newSecurityKey();
  const { added } = await personWithPasskey(server, person(), key);
  expect(added.body.match(/<li><code>/g)).toHaveLength(10);
  expect((await mailsTo(server, `${alice.login}@example.com`))[0]?.text).toContain('passkey');

  const agent = createAgent(server.issuer);
  const { party, request, page } = await begin(agent, { acr_values: AAL2 });
  const back = await usePasskey(server, { agent, page }, { key });
  const tokens = await redeem(party, callbackOf(back), request);
  const { sub, acr, amr } = decodeJwt(tokens.id_token ?? '');
  expect({ sub, acr, amr }).toEqual({ sub: alice.id, acr: AAL2, amr: ['hwk', 'user', 'mfa'] });
  expect(agent.cookies.some(({ name }) => name.endsWith('latchkey_device'))).toBe(true);
  const [signedIn] = (await eventsOf('sign_in.succeeded')).slice(-1);
  expect(signedIn?.detail).toMatchObject({ factor: 'passkey' });
  const stored = await server.services.db.passkey.findFirstOrThrow({ where: { userId: alice.id } });
  expect(stored).toMatchObject({ counter: 0n, synced: false, backedUp: false });
  expect(stored.lastUsedAt).not.toBeNull();
});

test('a synced passkey says so, and whether it is kept elsewhere follows its newest use', async () => {
  const key = newSecurityKey(SYNCED & ~FLAGS.bs);
  await personWithPasskey(server, person(), key);
  const agent = createAgent(server.issuer);
  const { party, request, page } = await begin(agent);
  const back = await usePasskey(server, { agent, page }, { key, changes: { flags: SYNCED } });
  const { amr } = decodeJwt((await redeem(party, callbackOf(back), request)).id_token ?? '');
  expect(amr).toEqual(['swk', 'user', 'mfa']);
  const stored = await server.services.db.passkey.findFirstOrThrow({ where: { userId: alice.id } });
  expect(stored).toMatchObject({ synced: true, backedUp: true });
});

test('after the password the passkey is asked for, where a touch is enough', async () => {
  const key = newSecurityKey();
  await personWithPasskey(server, person(), key);
  const agent = createAgent(server.issuer);
  const { party, request, page } = await begin(agent);
  const asked = await agent.submit(page, 'login-submit', person());
  expect([stepOf(asked), asked.body.includes('id="code"')]).toEqual(['second-factor', false]);
  const options = await passkeyOptions(agent, asked);
  expect(options.allowCredentials.map(({ id }) => id)).toEqual([key.id.toString('base64url')]);

  const changes = { flags: FLAGS.up, userHandle: undefined };
  const back = await usePasskey(server, { agent, page: asked }, { key, changes });
  const { acr, amr } = decodeJwt((await redeem(party, callbackOf(back), request)).id_token ?? '');
  expect({ acr, amr }).toEqual({ acr: AAL2, amr: ['pwd', 'hwk', 'user', 'mfa'] });
  expect(await eventsOf('second_factor.passed')).toHaveLength(1);
});

test('who has lost the passkey gets in by password and recovery code', async () => {
  const { added } = await personWithPasskey(server, person(), newSecurityKey());
  const [, code = ''] = /<li><code>([^<]+)</.exec(added.body) ?? [];
  const agent = createAgent(server.issuer);
  const { page } = await begin(agent);
  const asked = await agent.submit(page, 'login-submit', person());
  const other = await agent.browse(asked.url.replace('second-factor', 'recovery-code'));
  const back = await agent.submit(other, 'recovery-code-submit', { code });
  expect(locationOf(back)).toContain('code=');
});

test('who has an app too may use either, and keeps the recovery codes', async () => {
  const offer = { userId: alice.id, occasion: alice.login };
  const seed = offeredSeed(server.services, offer);
  const code = codeAt(seed, clock.now());
  await addAuthenticator(server.services, { ...offer, code }, FACTS);
  clock.advance(30);
  const agent = createAgent(server.issuer);
  const login = await agent.browse('/account/passkeys');
  const asked = await agent.submit(login, 'login-submit', person());
  expect(asked.body).not.toContain('id="passkey-submit"');
  await agent.submit(asked, 'second-factor-submit', { code: codeAt(seed, clock.now()) });
  const key = newSecurityKey();
  const added = await addPasskey(server, agent, { key });
  expect(added.url).toMatch(/\/account\/passkeys$/);
  expect(added.body).not.toContain('<li><code>');

  const other = createAgent(server.issuer);
  const { page } = await begin(other);
  const both = await other.submit(page, 'login-submit', person());
  expect([both.body.includes('id="code"'), both.body.includes('id="passkey"')]).toEqual([
    true,
    true,
  ]);
  const back = await usePasskey(server, { agent: other, page: both }, { key });
  expect(locationOf(back)).toContain('code=');
});

test('passkeys are told apart by name, renamed and removed', async () => {
  const { agent } = await atPasskeys(server, person());
  const [first, second] = [newSecurityKey(), newSecurityKey(SYNCED)];
  await addPasskey(server, agent, { key: first });
  const asked = await agent.browse('/account/passkeys');
  await usePasskey(server, { agent, page: asked }, { key: first });
  const { excludeCredentials } = await creationOptions(agent);
  expect(excludeCredentials.map(({ id }) => id)).toEqual([first.id.toString('base64url')]);
  clock.advance(1);
  const page = await addPasskey(server, agent, { key: second });
  const [newest = ''] = /passkey-[\w-]{36}/.exec(page.body) ?? [];

  const renamed = await agent.submit(page, `${newest}-rename`, { name: '  My <b>phone</b>  ' });
  expect(renamed.body).toContain('My &#60;b&#62;phone&#60;/b&#62;');
  const empty = await agent.submit(renamed, `${newest}-rename`, { name: ' ' });
  expect([empty.status, empty.body.includes(`${newest}-name-fault`)]).toEqual([422, true]);
  const removed = await agent.submit(renamed, `${newest}-remove`);
  expect(removed.body).not.toContain(newest);

  const types = ['passkey.added', 'passkey.renamed', 'passkey.removed'];
  const counts = await Promise.all(types.map(async (type) => (await eventsOf(type)).length));
  expect(counts).toEqual([2, 1, 1]);
  const kinds = (await mailsTo(server, `${alice.login}@example.com`)).map(({ kind }) => kind);
  expect(kinds).toEqual(Array(3).fill('credential-changed'));
});

test('with the last second factor its recovery codes go, and new ones come with the next', async () => {
  const { agent } = await atPasskeys(server, person());
  await addPasskey(server, agent, { key: newSecurityKey() });
  const codes = () => server.services.db.recoveryCode.count({ where: { userId: alice.id } });
  expect(await codes()).toBe(10);
  // Two factors are needed by now, and the session has one.
  const asked = await agent.browse('/account/passkeys');
  expect(stepOf(asked)).toBe('second-factor');
  const fresh = createAgent(server.issuer);
  const key = newSecurityKey();
  await server.services.db.passkey.deleteMany({ where: { userId: alice.id } });
  const login = await fresh.browse('/account/passkeys');
  await fresh.submit(login, 'login-submit', person());
  await addPasskey(server, fresh, { key });
  expect(await codes()).toBe(10);
  const page = await usePasskey(
    server,
    { agent: fresh, page: await fresh.browse('/account/passkeys') },
    { key },
  );
  const [id = ''] = /passkey-[\w-]{36}/.exec(page.body) ?? [];
  const removed = await fresh.submit(page, `${id}-remove`);
  expect([removed.body.includes('passkeys-none'), await codes()]).toEqual([true, 0]);
});

test('the only passkey of a person without a password stays', async () => {
  const key = newSecurityKey();
  await personWithPasskey(server, person(), key);
  await server.services.db.user.update({ where: { id: alice.id }, data: { passwordHash: null } });
  const agent = createAgent(server.issuer);
  const login = await agent.browse('/account/passkeys');
  const page = await usePasskey(server, { agent, page: login }, { key });
  const [id = ''] = /passkey-[\w-]{36}/.exec(page.body) ?? [];
  const refused = await agent.submit(page, `${id}-remove`);
  expect([refused.status, refused.body.includes('passkeys-fault')]).toEqual([422, true]);
  expect(await eventsOf('passkey.removed')).toHaveLength(0);
});

test('nor do both go that a person without a password removes at the same moment', async () => {
  await personWithPasskey(server, person(), newSecurityKey());
  const { db } = server.services;
  const { id: first, ...row } = await db.passkey.findFirstOrThrow({ where: { userId: alice.id } });
  const other = { ...row, credentialId: `${alice.id}-other` };
  const { id: second } = await db.passkey.create({ data: other });
  await db.user.update({ where: { id: alice.id }, data: { passwordHash: null } });

  const outcomes = await Promise.allSettled(
    [first, second].map((id) => removePasskey(server.services, { userId: alice.id, id }, FACTS)),
  );

  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(await db.passkey.count({ where: { userId: alice.id } })).toBe(1);
});

test('no browser is remembered any longer once a passkey is gone', async () => {
  await personWithPasskey(server, person(), newSecurityKey());
  const { db } = server.services;
  const remembered = { userId: alice.id, mark: 'x', browser: undefined };
  await rememberBrowser(server.services, remembered, FACTS);
  const { id } = await db.passkey.findFirstOrThrow({ where: { userId: alice.id } });
  await removePasskey(server.services, { userId: alice.id, id }, FACTS);
  expect(await db.rememberedBrowser.count({ where: { userId: alice.id } })).toBe(0);
});

test('who has no password chooses one at the account, with the passkey, and then removes it', async () => {
  const key = newSecurityKey();
  await personWithPasskey(server, person(), key);
  await server.services.db.user.update({ where: { id: alice.id }, data: { passwordHash: null } });
  const agent = createAgent(server.issuer);
  const login = await agent.browse('/account/password');
  const page = await usePasskey(server, { agent, page: login }, { key });
  expect([page.status, page.body.includes('name="current"')]).toEqual([200, false]);
  const password = 'seven quiet otters drifting';

  const missing = await agent.submit(page, 'password-submit', { password });
  expect([missing.status, missing.body.includes('password-again-fault')]).toEqual([422, true]);
  const chosen = { password, passwordAgain: password };
  const done = await agent.submit(page, 'password-submit', chosen);
  expect(done.url).toMatch(/\/password\/done\?others=ended$/);
  // The page of before asks for no password, and there is one by now.
  expect((await agent.submit(page, 'password-submit', chosen)).status).toBe(422);

  const passkeys = await agent.browse('/account/passkeys');
  const [id = ''] = /passkey-[\w-]{36}/.exec(passkeys.body) ?? [];
  expect((await agent.submit(passkeys, `${id}-remove`)).body).toContain('passkeys-none');
  const other = createAgent(server.issuer);
  const signIn = await other.browse('/account');
  const inside = await other.submit(signIn, 'login-submit', { login: alice.login, password });
  expect(inside.url).toMatch(/\/account$/);
});

test('a session of one factor chooses no first password for whoever has two', async () => {
  const { agent } = await personWithPasskey(server, person(), newSecurityKey());
  await server.services.db.user.update({ where: { id: alice.id }, data: { passwordHash: null } });
  const page = await agent.browse('/account/password');
  expect(page.body).not.toContain('id="password-submit"');
  const csrf = formOf((await agent.browse('/account/profile')).body, 'profile-submit').fields;
  const password = 'seven quiet otters drifting';
  await agent.open('/account/password', {
    csrf: String(csrf['csrf']),
    password,
    passwordAgain: password,
  });
  const { passwordHash } = await server.services.db.user.findUniqueOrThrow({
    where: { id: alice.id },
  });
  expect(passwordHash).toBeNull();
});

test('an operator removes passkeys with the other second factors', async () => {
  const key = newSecurityKey();
  await personWithPasskey(server, person(), key);
  expect(await removeSecondFactors(server.services, alice.id, { type: 'system' })).toBe(true);
  const agent = createAgent(server.issuer);
  const { page } = await begin(agent);
  expect(locationOf(await agent.submit(page, 'login-submit', person()))).toContain('code=');
});

test('a session of one factor steps up by the passkey', async () => {
  const key = newSecurityKey();
  const { agent } = await personWithPasskey(server, person(), key);
  const { party, request, page } = await begin(agent, { acr_values: AAL2 });
  expect(stepOf(page)).toBe('second-factor');
  const back = await usePasskey(server, { agent, page }, { key });
  const { acr, amr } = decodeJwt((await redeem(party, callbackOf(back), request)).id_token ?? '');
  expect({ acr, amr }).toEqual({ acr: AAL2, amr: ['hwk', 'user', 'mfa'] });
  const again = await begin(agent, { acr_values: AAL1 });
  expect(locationOf(again.page)).toContain('code=');
});

test('no more than twenty passkeys', async () => {
  const { agent } = await atPasskeys(server, person());
  const key = newSecurityKey();
  await addPasskey(server, agent, { key });
  const { id: __, ...row } = await server.services.db.passkey.findFirstOrThrow({
    where: { userId: alice.id },
  });
  await server.services.db.passkey.createMany({
    data: Array.from({ length: 19 }, (_, i) => ({ ...row, credentialId: `${alice.id}-${i}` })),
  });
  const fresh = createAgent(server.issuer);
  const login = await fresh.browse('/account/passkeys');
  await usePasskey(server, { agent: fresh, page: login }, { key });
  const refused = await addPasskey(server, fresh, { key: newSecurityKey() });
  expect([refused.status, refused.body.includes('20')]).toEqual([422, true]);
});

test('where two factors are asked for, a passkey can be made in place of an app', async () => {
  const agent = createAgent(server.issuer);
  const { party, request, page } = await begin(agent, { acr_values: AAL2 });
  const offered = await agent.submit(page, 'login-submit', person());
  expect(stepOf(offered)).toBe('enrol-second-factor');
  const url = offered.url.replace('enrol-second-factor', 'new-passkey-options');
  const { challenge, rp, user }: CreationOptions = JSON.parse((await agent.open(url)).body);
  const key = { ...newSecurityKey(), userHandle: user.id };
  const truth = { challenge, origin: server.issuer, rpId: rp.id };

  const lie = { credential: register(key, { ...truth, flags: FLAGS.up }) };
  expect((await agent.submit(offered, 'passkey-submit', lie)).status).toBe(401);
  const made = await agent.submit(offered, 'passkey-submit', { credential: register(key, truth) });
  expect(stepOf(made)).toBe('recovery-codes');
  const back = await agent.submit(made, 'recovery-codes-continue');
  const { acr, amr } = decodeJwt((await redeem(party, callbackOf(back), request)).id_token ?? '');
  expect({ acr, amr }).toEqual({ acr: AAL2, amr: ['hwk', 'user', 'mfa'] });
  expect(await eventsOf('passkey.added')).toHaveLength(1);
});

test('attack 25: changes count with those of the app, and of twenty the next is refused', async () => {
  const { agent } = await atPasskeys(server, person());
  for (let used = 0; used < 20; used += 1)
    await server.services.rateLimits.consume('factorChanges', alice.id);

  const page = await addPasskey(server, agent, { key: newSecurityKey() });

  expect(page.status).toBe(429);
  expect(await server.services.db.passkey.count({ where: { userId: alice.id } })).toBe(0);
});

test('of two passkeys that are all a person has, one stays, whoever removes both at once', async () => {
  await personWithPasskey(server, person(), newSecurityKey());
  const { db } = server.services;
  const where = { userId: alice.id };
  const { id: __, ...row } = await db.passkey.findFirstOrThrow({ where });
  await db.passkey.create({ data: { ...row, credentialId: `${alice.id}-other` } });
  await db.user.update({ where: { id: alice.id }, data: { passwordHash: null } });

  const rows = await db.passkey.findMany({ where });
  const removals = rows.map(({ id }) => removePasskey(server.services, { ...where, id }, FACTS));
  const ends = await Promise.allSettled(removals);

  expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(await db.passkey.count({ where })).toBe(1);
});

test('a passkey is on the overview, and its recovery codes are counted there without an app', async () => {
  const key = newSecurityKey();
  const { agent } = await personWithPasskey(server, person(), key);
  const overview = await agent.open('/account');
  expect(overview.body).toContain('<a href="/account/passkeys">1 passkey</a>');
  expect(overview.body).toContain('<a href="/account/recovery-codes">10 codes left</a>');

  await server.services.db.recoveryCode.deleteMany({ where: { userId: alice.id } });
  expect((await agent.open('/account')).body).toContain('id="few-recovery-codes"');
});

test('whoever keeps a passkey is not told that the password alone will do without the app', async () => {
  const key = newSecurityKey();
  const { agent } = await personWithPasskey(server, person(), key);
  const asked = await agent.browse('/account/authenticator/removal');
  const page = await usePasskey(server, { agent, page: asked }, { key });
  expect(stepOf(page)).toBe('authenticator');

  const removal = await agent.open('/account/authenticator/removal');
  expect(removal.body).toContain('a passkey or a recovery code is asked for');
  expect(removal.body).not.toContain('your password alone');
});
