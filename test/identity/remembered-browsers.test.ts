// Browsers that are not asked for the second factor: what that spares, what it never does, and all that ends it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { removePasskey } from '../../src/identity/passkeys/own-passkeys.ts';
import {
  addAuthenticator,
  offeredSeed,
  replaceAuthenticator,
} from '../../src/identity/second-factors/enrolment.ts';
import { removeSecondFactors } from '../../src/identity/second-factors/second-factors.ts';
import { changePassword } from '../../src/identity/users/password-change.ts';
import { disableUser, enableUser, getUser, setPassword } from '../../src/identity/users/users.ts';
import { purgeExpired } from '../../src/operations/jobs/purge.ts';
import { type Agent, createAgent, locationOf, type Page } from '../support/agent.ts';
import { codeAt } from '../support/authenticator.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { addPasskey } from '../support/passkeys.ts';
import { authorizationRequest, redeem, relyingParty } from '../support/relying-party.ts';
import { newSecurityKey } from '../support/security-key.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const AAL1 = 'http://idmanagement.gov/ns/assurance/aal/1';
const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';
const FACTS = { requestId: 'test', address: '203.0.113.7' };
const SYSTEM = { type: 'system' } as const;
const DAY_SECONDS = 86_400;
const clock = clockAhead();

let server: TestServer;
let number = 0;
let clientId: string;

interface Person {
  id: string;
  login: string;
  password: string;
  seed: string;
}

/** Somebody with a second factor. */
async function createEnrolled(): Promise<Person> {
  const login = `alice-${++number}`;
  const password = 'a long enough password';
  const { id } = await createPerson(server, { login, password });
  return { id, login, password, seed: await enrol(id) };
}

async function enrol(userId: string): Promise<string> {
  const offer = { userId, occasion: `${userId}-${++number}` };
  const seed = offeredSeed(server.services, offer);
  clock.advance(30);
  await addAuthenticator(server.services, { ...offer, code: codeAt(seed, clock.now()) }, FACTS);
  return seed;
}

const stepOf = ({ url }: Page) => url.split('/').at(-1);
const isGranted = (page: Page) => locationOf(page)?.includes('code=') ?? false;

/** A sign-in of its own, up to what follows the password. */
async function typePassword(agent: Agent, { login, password }: Person, parameters = {}) {
  const party = await relyingParty(server.issuer, clientId);
  const request = await authorizationRequest(party, { prompt: 'login', ...parameters });
  const page = await agent.submit(await agent.browse(request.url.href), 'login-submit', {
    login,
    password,
  });
  return { party, request, page };
}

function typeCode(agent: Agent, page: Page, { seed }: Person, fields = {}) {
  clock.advance(30);
  const code = codeAt(seed, clock.now());
  return agent.submit(page, 'second-factor-submit', { code, ...fields });
}

/** A browser that is remembered. */
async function remembered(person: Person): Promise<Agent> {
  const agent = createAgent(server.issuer);
  const { page } = await typePassword(agent, person);
  expect(isGranted(await typeCode(agent, page, person, { remember: 'yes' }))).toBe(true);
  return agent;
}

async function expectAsked(agent: Agent, person: Person, parameters = {}) {
  const { page } = await typePassword(agent, person, parameters);
  expect(stepOf(page)).toBe('second-factor');
}

const rowsOf = ({ id }: Person) =>
  server.services.db.rememberedBrowser.findMany({ where: { userId: id } });

const eventsOf = async ({ id }: Person) => {
  const events = await server.services.db.auditEvent.findMany({
    where: { targetId: id, type: { startsWith: 'browser.' } },
    orderBy: { at: 'asc' },
  });
  return events.map(({ type }) => type);
};

describe('as it is set up', () => {
  let alice: Person;

  beforeAll(async () => {
    server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' }, { clock });
    ({ id: clientId } = await createTestClient(server, 'spa', { firstParty: true }));
  });

  afterAll(() => server.close());

  beforeEach(async () => {
    alice = await createEnrolled();
  });

  test('who says so is not asked for a code in this browser, and the token says what was proved', async () => {
    const agent = await remembered(alice);
    const { party, request, page } = await typePassword(agent, alice);
    const callback = new URL(locationOf(page) ?? '');
    const { id_token = '' } = await redeem(party, callback, request);
    expect(decodeJwt(id_token)).toMatchObject({ acr: AAL1, amr: ['pwd'] });
    expect(await eventsOf(alice)).toEqual(['browser.remembered']);
  });

  test('who does not say so is asked at the next sign-in', async () => {
    const agent = createAgent(server.issuer);
    const { page } = await typePassword(agent, alice);
    await typeCode(agent, page, alice);
    await expectAsked(agent, alice);
    expect(await rowsOf(alice)).toHaveLength(0);
  });

  test('where an application asks for two factors, both are asked for all the same', async () => {
    const agent = await remembered(alice);
    await expectAsked(agent, alice, { acr_values: AAL2 });

    const { page } = await typePassword(agent, alice);
    expect(isGranted(page)).toBe(true);
    const party = await relyingParty(server.issuer, clientId);
    const request = await authorizationRequest(party, { acr_values: AAL2 });
    expect(stepOf(await agent.browse(request.url.href))).toBe('second-factor');
  });

  test('two people are remembered in one browser, each by what is theirs', async () => {
    const agent = await remembered(alice);
    const bob = await createEnrolled();
    const { page } = await typePassword(agent, bob);
    expect(stepOf(page)).toBe('second-factor');
    await typeCode(agent, page, bob, { remember: 'yes' });
    for (const person of [alice, bob])
      expect(stepOf((await typePassword(agent, person)).page)).not.toBe('second-factor');
  });

  test('attack 25: a password alone, or the cookie in another browser, spares nobody the code', async () => {
    const agent = await remembered(alice);
    await expectAsked(createAgent(server.issuer), alice);

    const thief = createAgent(server.issuer);
    const token = agent.cookies.filter(({ name }) => name === 'latchkey_remembered');
    expect(token).toHaveLength(1);
    thief.cookies.push(...token);
    await expectAsked(thief, alice);
  });

  test('attack 25: the token of one person serves no other', async () => {
    const agent = await remembered(alice);
    await expectAsked(agent, await createEnrolled());
  });

  test('attack 25: neither tokens made up nor many of them get by', async () => {
    const agent = await remembered(alice);
    const cookie = agent.cookies.find(({ name }) => name === 'latchkey_remembered');
    if (!cookie) throw new Error('no cookie');
    const { value } = cookie;
    for (const bad of [
      'x',
      value.toLowerCase().padEnd(43, 'a'),
      `${'~'.repeat(5)}${value}`,
      'a'.repeat(3000),
    ]) {
      cookie.value = bad;
      await expectAsked(agent, alice);
    }
    expect(JSON.stringify(await rowsOf(alice))).not.toContain(value);
  });

  const { endings }: { endings: Record<string, (agent: Agent) => Promise<unknown>> } = {
    endings: {
      'a new password set for them': () =>
        setPassword(server.services, { userId: alice.id, password: alice.password }, SYSTEM),
      'a new password of their own, all sessions kept': async () => {
        const user = await getUser(server.services, alice.id);
        const password = 'another password that is long';
        const change = { user, current: alice.password, password, keep: 'everything' } as const;
        await changePassword(server.services, change, FACTS);
        alice = { ...alice, password };
      },
      'another second factor': async () => {
        await removeSecondFactors(server.services, alice.id, SYSTEM);
        alice = { ...alice, seed: await enrol(alice.id) };
      },
      'moving to another app': async () => {
        const offer = { userId: alice.id, occasion: `${alice.id}-${++number}` };
        const seed = offeredSeed(server.services, offer);
        clock.advance(30);
        const typed = { ...offer, code: codeAt(seed, clock.now()) };
        await replaceAuthenticator(server.services, typed, FACTS);
        alice = { ...alice, seed };
      },
      'a passkey that is added': async (agent) => {
        const added = await addPasskey(server, agent, { key: newSecurityKey() });
        expect(added.body).toContain('id="passkey-');
      },
      'a passkey that is removed': async (agent) => {
        await addPasskey(server, agent, { key: newSecurityKey() });
        const { page } = await typePassword(agent, alice);
        expect(isGranted(await typeCode(agent, page, alice, { remember: 'yes' }))).toBe(true);
        const where = { userId: alice.id };
        const { id } = await server.services.db.passkey.findFirstOrThrow({ where });
        await removePasskey(server.services, { ...where, id }, FACTS);
      },
      'having been disabled': async () => {
        await disableUser(server.services, alice.id, SYSTEM);
        await enableUser(server.services, alice.id, SYSTEM);
      },
      'taking it back': async (agent) => {
        const page = await agent.browse('/account/sessions');
        const button = /id="(browser-[\w-]+)"/.exec(page.body)?.[1] ?? '';
        const after = await agent.submit(page, button);
        expect(after.body).not.toContain('browsers-forget-all');
        expect(await eventsOf(alice)).toEqual(['browser.remembered', 'browser.forgotten']);
      },
      'taking all back': async (agent) => {
        await agent.submit(await agent.browse('/account/sessions'), 'browsers-forget-all');
        expect(await eventsOf(alice)).toEqual(['browser.remembered', 'browser.forgotten']);
      },
      'signing out everywhere else': async (agent) => {
        const { page } = await typePassword(createAgent(server.issuer), alice);
        expect(stepOf(page)).toBe('second-factor');
        const other = createAgent(server.issuer);
        const half = await typePassword(other, alice);
        await typeCode(other, half.page, alice);
        await agent.submit(await agent.browse('/account/sessions'), 'sessions-end-others');
      },
      'thirty days': async () => {
        clock.advance(30 * DAY_SECONDS + 1);
      },
    },
  };

  test.each(Object.entries(endings))('it ends with %s', async (_, end) => {
    const agent = await remembered(alice);
    await end(agent);
    await expectAsked(agent, alice);
  });

  test('on the thirtieth day it still holds, and an hour after that its row is gone', async () => {
    const agent = await remembered(alice);
    clock.advance(30 * DAY_SECONDS - 120);
    expect(isGranted((await typePassword(agent, alice)).page)).toBe(true);
    clock.advance(3600 + 240);
    await purgeExpired(server.services);
    expect(await rowsOf(alice)).toHaveLength(0);
  });

  test('the account says where and since when, and a stranger can take nothing back', async () => {
    const agent = await remembered(alice);
    const [row] = await rowsOf(alice);
    const page = await agent.browse('/account/sessions');
    expect(page.body).toContain(`browser-${row?.id}`);

    const bob = await createEnrolled();
    const mallory = await remembered(bob);
    const own = await mallory.browse('/account/sessions');
    expect(own.body).not.toContain(`browser-${row?.id}`);
    const csrf = /name="csrf" value="([^"]+)"/.exec(own.body)?.[1] ?? '';
    const path = `/account/sessions/browsers/${row?.id}/revocation`;
    expect((await mallory.open(path, { csrf })).status).toBe(404);
    expect((await mallory.open(path, {})).status).toBe(403);
    expect((await agent.open('/account/sessions/browsers/x/revocation', { csrf })).status).toBe(
      400,
    );
    expect(await rowsOf(alice)).toHaveLength(1);
  });

  test('attack 24: a password that was changed between the factors is worth nothing', async () => {
    const agent = createAgent(server.issuer);
    const { page } = await typePassword(agent, alice);
    const password = 'yet another long password';
    await setPassword(server.services, { userId: alice.id, password }, SYSTEM);
    const last = await typeCode(agent, page, alice);
    expect(last.status).toBe(404);
    expect(locationOf(last)).toBeUndefined();
  });
});

describe.each([
  ['REMEMBER_BROWSER_DAYS=0', { REMEMBER_BROWSER_DAYS: '0' }, 0],
  ['SECOND_FACTOR=everyone', { SECOND_FACTOR: 'everyone' }, 1],
])('with %s', (_, settings, rows) => {
  beforeAll(async () => {
    server = await startServer(settings, { clock });
    ({ id: clientId } = await createTestClient(server, 'spa', { firstParty: true }));
  });

  afterAll(() => server.close());

  test('nobody is offered it, and whoever sends it is asked again all the same', async () => {
    const alice = await createEnrolled();
    const agent = createAgent(server.issuer);
    const { page } = await typePassword(agent, alice);
    expect(page.body).not.toContain('remember-browser');
    await typeCode(agent, page, alice, { remember: 'yes' });
    expect(await rowsOf(alice)).toHaveLength(rows);
    await expectAsked(agent, alice);
  });
});
