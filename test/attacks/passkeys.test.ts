// Attacks on signing in with passkeys (26): each answer is right in all but one thing, is refused, and changes nothing.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createAgent, type Agent, formOf, locationOf, type Page } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import {
  addPasskey,
  atPasskeys,
  creationOptions,
  interactionOf,
  passkeyOptions,
  personWithPasskey,
  usePasskey,
} from '../support/passkeys.ts';
import { LIES } from '../support/passkey-lies.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { assert, newSecurityKey, register, type SecurityKey } from '../support/security-key.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const PASSWORD = 'a long enough password';
const clock = clockAhead();

let server: TestServer;
let number = 0;
let alice: { id: string; login: string; password: string };
let key: SecurityKey;
let clientId: string;

beforeAll(async () => {
  server = await startServer({}, { clock });
});

afterAll(() => server.close());

beforeEach(async () => {
  await server.services.rateLimits.reset('passkeyFailures', '127.0.0.1');
  alice = await newPerson('alice');
  key = newSecurityKey();
  await personWithPasskey(server, alice, key);
  ({ id: clientId } = await createTestClient(server, 'spa', { firstParty: true }));
});

async function newPerson(name: string) {
  const person = { login: `${name}-${++number}`, password: PASSWORD };
  return { ...person, id: (await createPerson(server, person)).id };
}

const stepOf = ({ url }: Page) => url.split('/').at(-1);
const isGranted = (page: Page) => locationOf(page)?.includes('code=') ?? false;

async function begin(agent: Agent, parameters: Record<string, string> = {}): Promise<Page> {
  const party = await relyingParty(server.issuer, clientId);
  return agent.browse((await authorizationRequest(party, parameters)).url.href);
}

/** A new browser at the sign-in page. */
async function atLogin() {
  const agent = createAgent(server.issuer);
  return { agent, page: await begin(agent) };
}

const rows = async () => {
  const { db } = server.services;
  const passkeys = await db.passkey.findMany({ orderBy: { id: 'asc' } });
  return { passkeys, sessions: await db.session.count() };
};

async function answer(at: { agent: Agent; page: Page }, credential: string): Promise<Page> {
  const form = formOf(at.page.body, 'passkey-submit');
  return at.agent.browse(form.action, { ...form.fields, credential });
}

test.each(LIES)('attack 26: a sign-in with %s is refused', async (_, lie) => {
  const at = await atLogin();
  const { challenge, rpId } = await passkeyOptions(at.agent, at.page);
  const truth = { challenge, rpId, origin: server.issuer };
  const before = await rows();
  const refused = await answer(at, assert(key, { ...truth, ...lie(truth) }));
  expect([refused.status, stepOf(refused)]).toEqual([401, 'passkey']);
  expect(await rows()).toEqual(before);
  // The truth is still welcome: what was refused has used nothing up.
  expect(isGranted(await answer(at, assert(key, truth)))).toBe(true);
});

test('attack 26: an answer works once, also in another browser, later, and many at a time', async () => {
  const at = await atLogin();
  const { challenge, rpId } = await passkeyOptions(at.agent, at.page);
  const credential = assert(key, { challenge, rpId, origin: server.issuer });
  const other = await atLogin();
  expect((await answer(other, credential)).status).toBe(401);

  const form = formOf(at.page.body, 'passkey-submit');
  const send = () => at.agent.open(form.action, { ...form.fields, credential });
  await Promise.all(Array.from({ length: 8 }, send));
  const successes = await server.services.db.auditEvent.findMany({
    where: { type: 'sign_in.succeeded', targetId: alice.id },
  });
  const byPasskey = successes.filter(({ detail }) => JSON.stringify(detail).includes('"passkey"'));
  expect(byPasskey).toHaveLength(1);
  expect((await answer(other, credential)).status).toBe(401);
});

test('attack 26: a challenge ends after five minutes', async () => {
  const at = await atLogin();
  const { challenge, rpId } = await passkeyOptions(at.agent, at.page);
  const credential = assert(key, { challenge, rpId, origin: server.issuer });
  clock.advance(5 * 60 + 1);
  expect((await answer(at, credential)).status).toBe(401);
});

test('attack 26: a challenge serves one purpose and one person', async () => {
  const half = await atLogin();
  const asked = await half.agent.submit(half.page, 'login-submit', { ...alice });
  expect(stepOf(asked)).toBe('second-factor');
  const second = await passkeyOptions(half.agent, asked);
  const first = await atLogin();
  const alone = await passkeyOptions(first.agent, first.page);
  const truth = { rpId: alone.rpId, origin: server.issuer };

  const swapped = assert(key, { ...truth, challenge: second.challenge });
  expect((await answer(first, swapped)).status).toBe(401);
  const { agent } = await atPasskeys(server, await newPerson('bob'));
  const made = await creationOptions(agent);
  const registered = assert(key, { ...truth, challenge: made.challenge });
  expect((await answer(first, registered)).status).toBe(401);
  // One that was made for the password's owner, in another person's browser.
  const page = await agent.browse('/account/passkeys');
  for (const challenge of [alone.challenge, second.challenge]) {
    const credential = register(newSecurityKey(), { ...truth, challenge });
    expect((await agent.submit(page, 'passkey-submit', { credential })).status).toBe(422);
  }
});

test('attack 26: the passkey of another person is no second factor', async () => {
  const mallory = await newPerson('mallory');
  const own = newSecurityKey();
  await personWithPasskey(server, mallory, own);
  const at = await atLogin();
  const asked = await at.agent.submit(at.page, 'login-submit', { ...alice });
  for (const userHandle of [own.userHandle, key.userHandle, undefined]) {
    const refused = await usePasskey(
      server,
      { agent: at.agent, page: asked },
      { key: own, changes: { userHandle } },
    );
    expect(refused.status).toBe(401);
  }
  const back = await usePasskey(server, { agent: at.agent, page: asked }, { key });
  expect(isGranted(back)).toBe(true);
});

test('attack 26: an authenticator that names somebody else signs in nobody', async () => {
  const mallory = await newPerson('mallory');
  const own = newSecurityKey();
  await personWithPasskey(server, mallory, own);
  const at = await atLogin();
  // Mallory's credential with Alice's handle, and Alice's credential with Mallory's key.
  for (const forged of [
    { ...own, userHandle: key.userHandle },
    { ...own, id: key.id, userHandle: key.userHandle },
    { ...key, id: own.id },
  ])
    expect((await usePasskey(server, at, { key: forged })).status).toBe(401);
});

test('attack 26: a counter that goes back tells of a copy; one that never counts does not', async () => {
  const use = async (counter: number) => {
    const used = await usePasskey(server, await atLogin(), { key, changes: { counter } });
    return isGranted(used) ? 'granted' : used.status;
  };
  expect([await use(0), await use(0), await use(5)]).toEqual(['granted', 'granted', 'granted']);
  expect([await use(5), await use(4), await use(0)]).toEqual([401, 401, 401]);
  expect([await use(6), await use(4_294_967_295)]).toEqual(['granted', 'granted']);
  const suspicions = await server.services.db.auditEvent.findMany({
    where: { type: 'passkey.clone_suspected', targetId: alice.id },
    orderBy: { at: 'asc' },
  });
  expect(suspicions.map(({ detail }) => detail)).toEqual([
    expect.objectContaining({ known: 5, told: 5 }),
    expect.objectContaining({ known: 5, told: 4 }),
    expect.objectContaining({ known: 5, told: 0 }),
  ]);
});

test('attack 26: a forged counter without the key does not put the person under suspicion', async () => {
  await usePasskey(server, await atLogin(), { key, changes: { counter: 9 } });
  const forged = { ...newSecurityKey(), id: key.id, userHandle: key.userHandle };
  const refused = await usePasskey(server, await atLogin(), {
    key: forged,
    changes: { counter: 1 },
  });
  expect(refused.status).toBe(401);
  const where = { type: 'passkey.clone_suspected', targetId: alice.id };
  expect(await server.services.db.auditEvent.count({ where })).toBe(0);
});

test('attack 26: nothing tells whether a person or a passkey exists', async () => {
  const at = await atLogin();
  const options = await passkeyOptions(at.agent, at.page);
  expect(options.allowCredentials).toEqual([]);
  const { db } = server.services;
  const unknown = await usePasskey(server, at, { key: newSecurityKey() });
  const wrong = await usePasskey(server, at, { key: { ...newSecurityKey(), id: key.id } });
  await db.user.update({ where: { id: alice.id }, data: { disabledAt: new Date() } });
  const disabled = await usePasskey(server, at, { key });
  const bare = ({ status, body }: Page) => [status, body.replaceAll(/value="[^"]*"/g, '')];
  expect(bare(wrong)).toEqual(bare(unknown));
  expect(bare(disabled)).toEqual(bare(unknown));
});

test('attack 22: a passkey without the token of the form is refused', async () => {
  const at = await atLogin();
  const { challenge, rpId } = await passkeyOptions(at.agent, at.page);
  const credential = assert(key, { challenge, rpId, origin: server.issuer });
  const url = `${interactionOf(at.page)}/passkey`;
  expect((await at.agent.open(url, { credential })).status).toBe(403);
  const { csrf = '' } = formOf(at.page.body, 'passkey-submit').fields;
  const evil = { origin: 'https://evil.example' };
  expect((await at.agent.open(url, { csrf, credential }, evil)).status).toBe(403);
  const { agent } = await atPasskeys(server, await newPerson('bob'));
  const made = await creationOptions(agent);
  const ceremony = { challenge: made.challenge, rpId, origin: server.issuer };
  const registration = { credential: register(newSecurityKey(), ceremony) };
  expect((await agent.open('/account/passkeys', registration)).status).toBe(403);
});

test('attack 23: an answer is of no use in the interaction of another browser', async () => {
  const [mine, theirs] = [await atLogin(), await atLogin()];
  const { challenge, rpId } = await passkeyOptions(theirs.agent, theirs.page);
  const credential = assert(key, { challenge, rpId, origin: server.issuer });
  const before = await rows();
  expect((await answer(mine, credential)).status).toBe(401);
  expect(await rows()).toEqual(before);
});

test('attack 25: whoever finds a session of one factor changes no passkeys', async () => {
  const bob = await newPerson('bob');
  const { agent, page } = await atPasskeys(server, bob);
  await addPasskey(server, agent, { key: newSecurityKey() });
  const { challenge, rpId } = { challenge: 'A'.repeat(75), rpId: 'x' };
  const credential = register(newSecurityKey(), { challenge, rpId, origin: server.issuer });
  const more = await agent.submit(page, 'passkey-submit', { credential });
  expect(stepOf(more)).toBe('second-factor');
  clock.advance(11 * 60);
  expect(stepOf(await agent.browse('/account/passkeys'))).toBe('login');
});

test('attack 38: a passkey of somebody else is not found', async () => {
  const mallory = await newPerson('mallory');
  const { agent, page } = await atPasskeys(server, mallory);
  const [theirs] = await server.services.db.passkey.findMany({ where: { userId: alice.id } });
  const { csrf = '' } = formOf(page.body, 'passkey-submit').fields;
  const before = await rows();
  for (const [path, more] of [
    ['name', { name: 'Mine' }],
    ['removal', {}],
  ] as const) {
    const url = `/account/passkeys/${theirs?.id}/${path}`;
    expect((await agent.open(url, { csrf, ...more })).status).toBe(404);
  }
  expect(await rows()).toEqual(before);
});

test('attack 43: whoever sends one refused passkey after the other is told to wait', async () => {
  const at = await atLogin();
  const stranger = newSecurityKey();
  let last = 0;
  for (let i = 0; i < 31; i++) last = (await usePasskey(server, at, { key: stranger })).status;
  expect(last).toBe(429);
  const right = await usePasskey(server, at, { key });
  expect(right.status).toBe(429);
});
