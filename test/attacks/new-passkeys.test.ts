// Attacks on adding passkeys (26), and answers that are malformed: all refused, without an error of ours.
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Agent, createAgent, formOf, locationOf, type Page } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { LIES } from '../support/passkey-lies.ts';
import {
  addPasskey,
  atPasskeys,
  creationOptions,
  passkeyOptions,
  personWithPasskey,
  usePasskey,
} from '../support/passkeys.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import {
  assert,
  cbor,
  newSecurityKey,
  register,
  type SecurityKey,
} from '../support/security-key.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const PASSWORD = 'a long enough password';

let server: TestServer;
let number = 0;
let alice: { id: string; login: string; password: string };
let key: SecurityKey;
let clientId: string;

beforeAll(async () => {
  server = await startServer();
  alice = await newPerson('alice');
  key = newSecurityKey();
  await personWithPasskey(server, alice, key);
  ({ id: clientId } = await createTestClient(server, 'spa', { firstParty: true }));
});

afterAll(() => server.close());

beforeEach(() => server.services.rateLimits.reset('passkeyFailures', '127.0.0.1'));

async function newPerson(name: string) {
  const person = { login: `${name}-${++number}`, password: PASSWORD };
  return { ...person, id: (await createPerson(server, person)).id };
}

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

const isGranted = (page: Page) => locationOf(page)?.includes('code=') ?? false;

test.each(LIES.filter(([name]) => !name.includes('user handle') && !name.includes('synced')))(
  'attack 26: a new passkey with %s is refused',
  async (_, lie) => {
    const { agent } = await atPasskeys(server, await newPerson('bob'));
    const page = await agent.browse('/account/passkeys');
    const { challenge, rp } = await creationOptions(agent);
    const truth = { challenge, rpId: rp.id, origin: server.issuer };
    const changed = lie(truth);
    const type = changed.type === 'webauthn.create' ? 'webauthn.get' : changed.type;
    const before = await rows();
    const credential = register(newSecurityKey(), {
      ...truth,
      ...changed,
      ...(type !== undefined && { type }),
    });
    const refused = await agent.submit(page, 'passkey-submit', { credential });
    expect([refused.status, refused.body.includes('passkeys-fault')]).toEqual([422, true]);
    expect(await rows()).toEqual(before);
  },
);

test('attack 26: a credential that somebody has is not registered again', async () => {
  const { agent } = await atPasskeys(server, await newPerson('mallory'));
  const before = await rows();
  const refused = await addPasskey(server, agent, { key: { ...newSecurityKey(), id: key.id } });
  expect(refused.status).toBe(422);
  expect((await rows()).passkeys).toEqual(before.passkeys);
});

test.each([
  ['none', 0],
  ['ES256K', -47],
  ['RS1', -65535],
  ['HS256', 5],
])('attack 26: a key for the algorithm %s is refused', async (_, alg) => {
  const odd = {
    ...newSecurityKey(),
    publicKey: cbor(
      new Map([
        [1, 2],
        [3, alg],
        [-1, 1],
      ]),
    ),
  };
  const { agent } = await atPasskeys(server, await newPerson('bob'));
  expect((await addPasskey(server, agent, { key: odd })).status).toBe(422);
});

test('attack 26: a key that is far too long is refused', async () => {
  const long = Buffer.alloc(4096, 1);
  const publicKey = cbor(
    new Map<number, unknown>([
      [1, 3],
      [3, -257],
      [-1, long],
      [-2, Buffer.from([1, 0, 1])],
    ]),
  );
  const { agent } = await atPasskeys(server, await newPerson('bob'));
  const added = await addPasskey(server, agent, { key: { ...newSecurityKey(), publicKey } });
  expect(added.status).toBe(422);
});

test('attack 26: attestation by certificates, and what is malformed, is refused', async () => {
  const { agent } = await atPasskeys(server, await newPerson('bob'));
  const page = await agent.browse('/account/passkeys');
  const x5c = [Buffer.from('a certificate that names http://127.0.0.1/crl')];
  for (const [fmt, attStmt] of [
    [
      'packed',
      new Map<string, unknown>([
        ['alg', -7],
        ['sig', Buffer.alloc(70)],
        ['x5c', x5c],
      ]),
    ],
    [
      'packed',
      new Map<string, unknown>([
        ['alg', -7],
        ['sig', Buffer.alloc(70)],
      ]),
    ],
    [
      'fido-u2f',
      new Map<string, unknown>([
        ['sig', Buffer.alloc(70)],
        ['x5c', x5c],
      ]),
    ],
    [
      'android-safetynet',
      new Map<string, unknown>([
        ['ver', '1'],
        ['response', Buffer.alloc(9)],
      ]),
    ],
    ['tpm', new Map<string, unknown>([['x5c', x5c]])],
    ['none', new Map<string, unknown>([['x5c', x5c]])],
    ['', new Map<string, unknown>()],
  ] as const) {
    const { challenge, rp } = await creationOptions(agent);
    const ceremony = { challenge, rpId: rp.id, origin: server.issuer };
    const credential = register(newSecurityKey(), ceremony, { fmt, attStmt });
    expect((await agent.submit(page, 'passkey-submit', { credential })).status).toBe(422);
  }
});

const nested = `${'['.repeat(5000)}${']'.repeat(5000)}`;
const deep = Buffer.alloc(12_000, 0x81).toString('base64url');
const ODD: [string, (good: Record<string, unknown>) => string][] = [
  ['nothing', () => ''],
  ['no JSON', () => 'credential'],
  ['JSON null', () => 'null'],
  ['a list', () => '[]'],
  ['deep JSON', () => nested],
  ['no response', ({ id }) => JSON.stringify({ id, rawId: id, type: 'public-key' })],
  ['an id that is not the raw one', (good) => JSON.stringify({ ...good, rawId: 'AAAA' })],
  ['another type', (good) => JSON.stringify({ ...good, type: 'password' })],
  [
    'an id that is too long',
    (good) => JSON.stringify({ ...good, id: 'A'.repeat(1400), rawId: 'A'.repeat(1400) }),
  ],
  [
    'an id of other characters',
    (good) => JSON.stringify({ ...good, id: "' OR 1=1", rawId: "' OR 1=1" }),
  ],
  ['more than there can be', (good) => JSON.stringify({ ...good, more: 'A'.repeat(40_000) })],
  [
    'deep CBOR',
    (good) => withParts(good, { attestationObject: deep, authenticatorData: deep.slice(0, 5000) }),
  ],
  ['no CBOR', (good) => withParts(good, { attestationObject: 'AAAA', authenticatorData: 'AAAA' })],
  ['client data that is no JSON', (good) => withParts(good, { clientDataJSON: 'AAAA' })],
  [
    'client data that is a list',
    (good) => withParts(good, { clientDataJSON: Buffer.from('[]').toString('base64url') }),
  ],
];

function withParts(good: Record<string, unknown>, parts: Record<string, string>): string {
  return JSON.stringify({ ...good, response: { ...Object(good['response']), ...parts } });
}

test.each(ODD)('attack 26: %s is refused, and no error of ours', async (_, make) => {
  const at = await atLogin();
  const { challenge, rpId } = await passkeyOptions(at.agent, at.page);
  const truth = { challenge, rpId, origin: server.issuer };
  const refused = await answer(at, make(JSON.parse(assert(key, truth))));
  expect([400, 401]).toContain(refused.status);

  const { agent } = await atPasskeys(server, await newPerson('bob'));
  const page = await agent.browse('/account/passkeys');
  const made = await creationOptions(agent);
  const good = register(newSecurityKey(), { ...truth, challenge: made.challenge });
  const unmade = await agent.submit(page, 'passkey-submit', { credential: make(JSON.parse(good)) });
  expect([400, 422]).toContain(unmade.status);
});

test('an RSA key and an Ed25519 key sign in too', async () => {
  for (const one of [rsaKey(), edKey()]) {
    const bob = await newPerson('bob');
    await personWithPasskey(server, bob, one);
    expect(isGranted(await usePasskey(server, await atLogin(), { key: one }))).toBe(true);
  }
});

function rsaKey(): SecurityKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const cose = new Map<number, unknown>([
    [1, 3],
    [3, -257],
    [-1, Buffer.from(n, 'base64url')],
    [-2, Buffer.from(e, 'base64url')],
  ]);
  return { ...newSecurityKey(), privateKey, publicKey: cbor(cose) };
}

function edKey(): SecurityKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const cose = new Map<number, unknown>([
    [1, 1],
    [3, -8],
    [-1, 6],
    [-2, Buffer.from(x, 'base64url')],
  ]);
  return { ...newSecurityKey(), privateKey, publicKey: cbor(cose) };
}
