// Every way to prove who one is, with every second factor, at every level that is demanded, for people who have
// different things to prove it by: where it ends, and what the token says of it.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { createApi } from '../../src/authorization/apis/apis.ts';
import { addAuthenticator, offeredSeed } from '../../src/identity/second-factors/enrolment.ts';
import { type Agent, createAgent, locationOf, type Page } from '../support/agent.ts';
import { codeAt } from '../support/authenticator.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { askForMail, typeCode } from '../support/mail-sign-in.ts';
import { codeIn, newestMailTo } from '../support/mailbox.ts';
import { personWithPasskey, usePasskey } from '../support/passkeys.ts';
import {
  authorizationRequest,
  callbackOf,
  redeem,
  relyingParty,
} from '../support/relying-party.ts';
import { answerOf, isGranted, stepOf } from '../support/required-actions.ts';
import { FLAGS, newSecurityKey, type SecurityKey } from '../support/security-key.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const PASSWORD = 'correct horse battery staple';
const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';
const VAULT = 'urn:example:vault';
const FACTS = { requestId: 'test', address: '203.0.113.7' };
const clock = clockAhead();

type Has = 'password' | 'app' | 'passkey';
type First = 'password' | 'passkey' | 'mail';
type Second = 'app' | 'passkey' | 'none';
type Party = Awaited<ReturnType<typeof relyingParty>>;

interface Person {
  login: string;
  seed: string;
  key: SecurityKey;
}

const KINDS = {
  Pia: ['password'],
  Ada: ['password', 'app'],
  Kay: ['password', 'passkey'],
  Bea: ['password', 'app', 'passkey'],
  Kim: ['passkey'],
  Mia: [],
  Moa: ['app'],
} as const satisfies Record<string, readonly Has[]>;
type Name = keyof typeof KINDS;

let server: TestServer;
const people = new Map<string, Person>();
const parties = new Map<string, Party>();

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' }, { clock });
  for (const [name, has] of Object.entries(KINDS)) people.set(name, await create(name, has));
  const permissions = [{ name: 'vault:open', description: 'Open the vault' }];
  await createApi(
    server.services,
    { identifier: VAULT, name: 'Vault', permissions, level: 2 },
    { type: 'system' },
  );
  for (const [name, more] of Object.entries({
    plain: { firstParty: true },
    strict: { firstParty: true, defaultAcrValues: [AAL2] },
    vault: { firstParty: true, allow: [{ api: VAULT, permissions: ['vault:open'] }] },
    foreign: {},
  })) {
    const { id } = await createTestClient(server, 'spa', more);
    parties.set(name, await relyingParty(server.issuer, id));
  }
}, 60_000);

afterAll(() => server.close());

async function create(name: string, has: readonly Has[]): Promise<Person> {
  const login = name.toLowerCase();
  const key = newSecurityKey();
  const { db } = server.services;
  const { id } = await createPerson(server, { login, password: PASSWORD });
  if (has.includes('passkey')) await personWithPasskey(server, { login, password: PASSWORD }, key);
  const seed = has.includes('app') ? await setUpApp(id) : '';
  const data = { emailVerified: true, ...(!has.includes('password') && { passwordHash: null }) };
  await db.user.update({ where: { id }, data });
  return { login, seed, key };
}

async function setUpApp(userId: string): Promise<string> {
  const offer = { userId, occasion: userId };
  const seed = offeredSeed(server.services, offer);
  await addAuthenticator(server.services, { ...offer, code: codeAt(seed, clock.now()) }, FACTS);
  return seed;
}

function find<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

const essential = JSON.stringify({ id_token: { acr: { essential: true, value: AAL2 } } });

/** How a level is demanded: by whom, and with what in the request. */
const DEMANDS = {
  nobody: ['plain', {}],
  acr_values: ['plain', { acr_values: AAL2 }],
  'essential acr': ['plain', { claims: essential }],
  'the client': ['strict', {}],
  'the API': ['vault', { scope: 'openid vault:open', resource: VAULT }],
  'the scope': ['vault', { scope: 'openid vault:open' }],
} as const;
type Demander = keyof typeof DEMANDS;

async function begin(agent: Agent, name: string, parameters: Record<string, string>) {
  const party = find(parties, name);
  const request = await authorizationRequest(party, parameters);
  return { party, request, page: await agent.browse(request.url.href) };
}

interface Way {
  person: Person;
  first: First;
  second: Second;
}

const FIRST: Record<First, (agent: Agent, page: Page, person: Person) => Promise<Page>> = {
  password: (agent, page, { login }) =>
    agent.submit(page, 'login-submit', { login, password: PASSWORD }),
  passkey: (agent, page, { key }) => usePasskey(server, { agent, page }, { key }),
  async mail(agent, page, { login }) {
    if (!page.body.includes('id="mail-code"')) return { ...page, url: `${page.url}/no-mail` };
    const waiting = await askForMail({ agent, page }, login);
    const mail = await newestMailTo(server, `${login}@example.com`, 'magic-link');
    return typeCode({ agent, waiting }, codeIn(mail));
  },
};

const SECOND: Record<Second, (agent: Agent, page: Page, person: Person) => Promise<Page>> = {
  none: async (_, page) => page,
  app: (agent, page, { seed }) => {
    clock.advance(30);
    return agent.submit(page, 'second-factor-submit', { code: codeAt(seed, clock.now()) });
  },
  passkey: (agent, page, { key }) =>
    usePasskey(server, { agent, page }, { key, changes: { flags: FLAGS.up } }),
};

/** Where it ends: the page, or what the token says. */
async function endOf(agent: Agent, demander: Demander, { person, first, second }: Way) {
  const [name, parameters] = DEMANDS[demander];
  const { party, request, page: login } = await begin(agent, name, { ...parameters });
  let page = await FIRST[first](agent, login, person);
  if (stepOf(page) === 'second-factor') page = await SECOND[second](agent, page, person);
  if (!isGranted(page)) return stepOf(page);

  const { acr, amr } = decodeJwt((await redeem(party, callbackOf(page), request)).id_token ?? '');
  return `${String(acr).slice(-1)}: ${[amr].flat().join(' ')}`;
}

const ONE = 'nobody';
const TWO: readonly Demander[] = [
  'acr_values',
  'essential acr',
  'the client',
  'the API',
  'the scope',
];
const alike = (...row: [Name, First, Second, string]) =>
  TWO.map((demander): [Name, First, Second, Demander, string] => {
    const [name, first, second, end] = row;
    return [name, first, second, demander, end];
  });

test.each<[Name, First, Second, Demander, string]>([
  ['Pia', 'password', 'none', ONE, '1: pwd'],
  ['Pia', 'mail', 'none', ONE, '1: otp'],
  ...alike('Pia', 'password', 'none', 'enrol-second-factor'),
  ...alike('Pia', 'mail', 'none', 'no-mail'),
  ['Ada', 'password', 'none', ONE, 'second-factor'],
  ['Ada', 'password', 'app', ONE, '2: pwd otp mfa'],
  ['Ada', 'mail', 'none', ONE, 'second-factor'],
  ['Ada', 'mail', 'app', ONE, '1: otp'],
  ...alike('Ada', 'password', 'none', 'second-factor'),
  ...alike('Ada', 'password', 'app', '2: pwd otp mfa'),
  ['Kay', 'passkey', 'none', ONE, '2: hwk user mfa'],
  ['Kay', 'password', 'none', ONE, 'second-factor'],
  ['Kay', 'password', 'passkey', ONE, '2: pwd hwk user mfa'],
  ['Kay', 'mail', 'passkey', ONE, '1: otp hwk user'],
  ...alike('Kay', 'passkey', 'none', '2: hwk user mfa'),
  ...alike('Kay', 'password', 'passkey', '2: pwd hwk user mfa'),
  ['Bea', 'passkey', 'none', ONE, '2: hwk user mfa'],
  ['Bea', 'password', 'app', ONE, '2: pwd otp mfa'],
  ['Bea', 'password', 'passkey', 'acr_values', '2: pwd hwk user mfa'],
  ['Bea', 'mail', 'app', ONE, '1: otp'],
  ['Kim', 'passkey', 'none', ONE, '2: hwk user mfa'],
  ['Kim', 'password', 'none', ONE, 'login'],
  ['Kim', 'mail', 'none', ONE, 'second-factor'],
  ['Kim', 'mail', 'passkey', ONE, '1: otp hwk user'],
  ...alike('Kim', 'passkey', 'none', '2: hwk user mfa'),
  ['Mia', 'mail', 'none', ONE, '1: otp'],
  ['Mia', 'mail', 'none', 'the client', 'no-mail'],
  ['Moa', 'mail', 'none', ONE, 'second-factor'],
  ['Moa', 'mail', 'app', ONE, '1: otp'],
  ['Moa', 'password', 'app', ONE, 'login'],
])('%s: %s, %s, demanded by %s: %s', async (...row) => {
  const [name, first, second, demander, end] = row;
  const way = { person: find(people, name), first, second };
  expect(await endOf(createAgent(server.issuer), demander, way)).toBe(end);
});

/** Where a request of a browser with a session leads: a page, an error, or straight to the application. */
async function led(agent: Agent, client: string, parameters: Record<string, string>) {
  const { page } = await begin(agent, client, parameters);
  if (isGranted(page)) return 'code';
  return locationOf(page) ? answerOf(page) : stepOf(page);
}

const none = { prompt: 'none' };
const ofVault = { scope: 'openid vault:open' };

test.each<[Name, First, [string, Record<string, string>, string][]]>([
  [
    'Pia',
    'password',
    [
      ['plain', none, 'code'],
      ['plain', { ...none, acr_values: AAL2 }, 'login_required'],
      ['plain', { ...none, claims: essential }, 'login_required'],
      ['strict', none, 'login_required'],
      ['vault', { ...none, ...ofVault }, 'login_required'],
      ['foreign', none, 'consent_required'],
      ['foreign', { prompt: 'consent' }, 'consent'],
      ['foreign', { prompt: 'login consent' }, 'login'],
      ['foreign', { prompt: 'select_account consent' }, 'select-account'],
      ['plain', { prompt: 'login' }, 'login'],
      ['plain', { prompt: 'select_account login' }, 'select-account'],
      ['plain', { prompt: 'create' }, 'create'],
      ['plain', { prompt: 'create select_account' }, 'create'],
      ['plain', { prompt: 'none login' }, 'invalid_request'],
      ['plain', { acr_values: AAL2 }, 'enrol-second-factor'],
      ['strict', {}, 'enrol-second-factor'],
      ['vault', ofVault, 'enrol-second-factor'],
    ],
  ],
  [
    'Ada',
    'mail',
    [
      ['plain', none, 'code'],
      ['strict', none, 'login_required'],
      ['strict', {}, 'login'],
      ['vault', ofVault, 'login'],
    ],
  ],
  [
    'Kay',
    'passkey',
    [
      ['plain', none, 'code'],
      ['plain', { ...none, acr_values: AAL2 }, 'code'],
      ['strict', none, 'code'],
      ['vault', { ...none, ...ofVault }, 'code'],
      ['foreign', { ...none, acr_values: AAL2 }, 'consent_required'],
      ['strict', { prompt: 'login' }, 'login'],
    ],
  ],
])('a session of %s by %s', async (name, first, requests) => {
  const agent = createAgent(server.issuer);
  const way = {
    person: find(people, name),
    first,
    second: name === 'Ada' ? 'app' : 'none',
  } as const;
  expect(await endOf(agent, ONE, way)).toMatch(/^\d: /);

  for (const [client, parameters, end] of requests)
    expect([client, parameters, await led(agent, client, parameters)]).toEqual([
      client,
      parameters,
      end,
    ]);
});

test('every page lets go of the request', async () => {
  const ways = [
    ['Pia', 'password', 'acr_values', 'enrol-cancel'],
    ['Ada', 'password', ONE, 'second-factor-cancel'],
  ] as const;
  for (const [name, first, demander, button] of ways) {
    const agent = createAgent(server.issuer);
    const [client, parameters] = DEMANDS[demander];
    const { page } = await begin(agent, client, { ...parameters });
    const asked = await FIRST[first](agent, page, find(people, name));
    expect(answerOf(await agent.submit(asked, button))).toBe('access_denied');
  }
});
