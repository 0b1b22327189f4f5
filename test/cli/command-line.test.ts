import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPasswordHashing } from '../../src/identity/passwords/password-hash.ts';
import {
  createPostgresDatabase,
  emptyDatabase,
  emptyPlace,
  type TestDatabase,
} from '../support/database.ts';
import { type Latchkey, latchkeyWith } from './latchkey-command.ts';

const ORDERS = 'urn:example:orders';
const PASSWORD = 'correct horse battery staple';

let database: TestDatabase;
let latchkey: Latchkey;
let directory: string;

beforeAll(async () => {
  database = await emptyDatabase();
  const { dataDir, databaseUrl } = database.config;
  latchkey = latchkeyWith({ DATA_DIR: dataDir, ...(databaseUrl && { DATABASE_URL: databaseUrl }) });
  directory = await mkdtemp(join(tmpdir(), 'latchkey-cli-'));
});

afterAll(async () => {
  await database.dispose();
  await rm(directory, { recursive: true });
});

/** The one JSON document of a command that worked. */
async function json(line: string, input?: string) {
  const { code, out, err } = await latchkey(`${line} --json`, input);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

async function refusal(line: string, input?: string) {
  const { code, out, err } = await latchkey(line, input);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^error: .+\n$/);
  return err;
}

test('an API and its first client are two commands away', async () => {
  const api = await json(`api create ${ORDERS} --permission orders:read`);
  expect(api).toMatchObject({
    identifier: ORDERS,
    permissions: [{ name: 'orders:read', description: 'orders:read' }],
    access_token_seconds: 600,
  });
  const line = `client create --type service --name nightly --allow ${ORDERS}=orders:read`;
  const { client_id, client_secret, ...client } = await json(line);
  expect(client_id).toMatch(/^[0-9a-f]{32}$/);
  expect(client_secret).toMatch(/^[\w-]{43}$/);
  expect(client).toMatchObject({
    client_name: 'nightly',
    allow: [{ api: ORDERS, permissions: ['orders:read'] }],
    token_endpoint_auth_method: 'client_secret_basic',
  });

  const shown = await latchkey(`client show ${client_id}`);
  expect(shown.out).toContain('nightly');
  expect(shown.out).not.toContain(client_secret);
  const [secret] = (
    await database.db.client.findUniqueOrThrow({
      where: { id: client_id },
      include: { secrets: true },
    })
  ).secrets;
  expect(JSON.stringify(await json('client list'))).not.toContain(secret?.secretHash);
});

test('a password comes from standard input, and is in no answer', async () => {
  const line = 'user create alice --email alice@example.com --administrator --password-stdin';
  const alice = await json(line, `${PASSWORD}\n`);
  expect(alice).toMatchObject({ login: 'alice', email: 'alice@example.com', administrator: true });

  const hashing = createPasswordHashing({ concurrency: 1, queue: 9 });
  const row = await database.db.user.findUniqueOrThrow({ where: { login: 'alice' } });
  expect(await hashing.verify(row.passwordHash, PASSWORD)).toBe(true);

  const told = await latchkey(
    'user set-password ALICE --password-stdin',
    'another long enough one\r\n',
  );
  expect(told).toMatchObject({ code: 0, err: '' });
  expect(told.out).not.toContain('long enough');
  const changed = await database.db.user.findUniqueOrThrow({ where: { login: 'alice' } });
  expect(await hashing.verify(changed.passwordHash, 'another long enough one')).toBe(true);
});

test('without a terminal nobody is asked for a password', async () => {
  const { code, out, err } = await latchkey('user set-password alice');
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toBe('error: Give the password on standard input, with --password-stdin.\n');
});

test('the first administrator has taken over, and owns what follows', async () => {
  const { apis } = await json('api list');
  expect(apis).toEqual([expect.objectContaining({ identifier: ORDERS, owner: 'alice' })]);
  const { clients } = await json('client list');
  expect(clients).toEqual([expect.objectContaining({ client_name: 'nightly', owner: 'alice' })]);

  await json('user create bob --no-password');
  expect(await json('api create https://api.example.com --owner bob')).toMatchObject({
    owner: 'bob',
  });
  const line = 'client create --type spa --name Board --redirect-uri https://board.example.com/';
  expect(await json(line)).toMatchObject({ owner: 'alice' });
});

test.each([
  ['user create alice --no-password', 'taken'],
  ['user create al\u0007ice --no-password', 'username'],
  ['user disable nobody', 'no such user'],
  ['api create orders', 'identifier'],
  [`api create ${ORDERS}`, 'already'],
  ['api create urn:example:more --owner nobody', 'no such user'],
  [`client create --type service --name X --allow ${ORDERS}=orders:burn`, 'orders:burn'],
  ['client create --type web --name X', 'redirectUris'],
  ['client show nowhere', 'nowhere'],
  ['client delete nowhere', 'nowhere'],
  ['consent revoke nowhere', 'nowhere'],
])('`%s` is refused in a sentence', async (line, hint) => {
  expect(await refusal(line)).toContain(hint);
});

test('every option of an API arrives', async () => {
  const line =
    'api create https://files.example.com --name Files --permission files:read --permission files:write ' +
    '--description-of files:read=See=all --token-format opaque --token-seconds 60 --signing-alg EdDSA';
  expect(await json(line)).toMatchObject({
    name: 'Files',
    permissions: [
      { name: 'files:read', description: 'See=all' },
      { name: 'files:write', description: 'files:write' },
    ],
    token_format: 'opaque',
    access_token_seconds: 60,
    signing_alg: 'EdDSA',
  });
});

test('every option of a client arrives', async () => {
  const jwks = {
    keys: [{ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }],
  };
  const file = join(directory, 'jwks.json');
  await writeFile(file, JSON.stringify(jwks));
  const line =
    'client create --type web --name Shop --redirect-uri https://shop.example.com/a --redirect-uri ' +
    'https://shop.example.com/b --post-logout-redirect-uri https://shop.example.com/ --first-party ' +
    `--owner bob --default-scope openid --auth-method private_key_jwt --jwks-file ${file} --no-pkce ` +
    `--acts-as ${ORDERS} --refresh-rotation off --id-token-alg RS256 --require-par --dpop-bound ` +
    `--backchannel-logout-uri https://shop.example.com/out --client-uri https://shop.example.com/ ` +
    `--logo-uri https://shop.example.com/l.png --policy-uri https://shop.example.com/p ` +
    `--tos-uri https://shop.example.com/t --allow ${ORDERS}=orders:read`;
  expect(await json(line)).toMatchObject({
    owner: 'bob',
    redirect_uris: ['https://shop.example.com/a', 'https://shop.example.com/b'],
    post_logout_redirect_uris: ['https://shop.example.com/'],
    first_party: true,
    default_scope: 'openid',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks,
    require_pkce: false,
    require_pushed_authorization_requests: true,
    dpop_bound_access_tokens: true,
    acts_as: ORDERS,
    rotate_refresh_tokens: false,
    id_token_signed_response_alg: 'RS256',
    backchannel_logout_uri: 'https://shop.example.com/out',
    client_uri: 'https://shop.example.com/',
    logo_uri: 'https://shop.example.com/l.png',
    policy_uri: 'https://shop.example.com/p',
    tos_uri: 'https://shop.example.com/t',
  });
});

test('a private key is not taken for a public one', async () => {
  const file = join(directory, 'private.json');
  await writeFile(file, JSON.stringify({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'x', d: 'd' }] }));
  const { code, err } = await latchkey(`client create --type service --name X --jwks-file ${file}`);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('public keys') });
});

test('a secret is rotated, and a client disabled and deleted', async () => {
  const made = await json('client create --type service --name short-lived');
  const rotated = await json(
    `client rotate-secret ${made.client_id} --keep-old-seconds 60 --expires 2100-01-31`,
  );
  expect(rotated).toMatchObject({
    client_id: made.client_id,
    expires_at: '2100-01-31T00:00:00.000Z',
  });
  expect(rotated.client_secret).not.toBe(made.client_secret);
  expect((await json(`client show ${made.client_id}`)).secrets).toHaveLength(2);

  await json(`client disable ${made.client_id}`);
  expect(await json(`client show ${made.client_id}`)).toHaveProperty('disabled_at');
  await json(`client delete ${made.client_id}`);
  await refusal(`client show ${made.client_id}`);
});

test('a person is disabled and enabled, and people are listed page by page', async () => {
  expect(await json('user disable bob')).toHaveProperty('disabled_at');
  expect(await json('user enable bob')).not.toHaveProperty('disabled_at');
  const first = await json('user list --limit 1');
  expect(first).toMatchObject({ users: [{ login: 'alice' }] });
  expect(await json(`user list --after ${first.next}`)).toEqual({
    users: [expect.objectContaining({ login: 'bob' })],
  });
});

test('a consent is listed and revoked', async () => {
  const { id: userId } = await database.db.user.findUniqueOrThrow({ where: { login: 'bob' } });
  const { id: clientId } = await database.db.client.findFirstOrThrow({ where: { name: 'Board' } });
  const scopes = {
    granted: { openid: 'openid', resources: {} },
    rejected: { openid: '', resources: {} },
  };
  const { id } = await database.db.consent.create({ data: { userId, clientId, scopes } });

  const mine = await json(`consent list --user bob --client ${clientId}`);
  expect(mine.consents).toEqual([
    expect.objectContaining({ id, login: 'bob', client_name: 'Board' }),
  ]);
  expect(await json('consent list --user alice')).toEqual({ consents: [] });
  await json(`consent revoke ${id}`);
  expect(await json('consent list')).toEqual({ consents: [] });
});

test('keys rotate, tokens are made, and what has expired is purged', async () => {
  const { keys } = await json('key rotate --alg ES256');
  expect(keys).toContainEqual(expect.objectContaining({ alg: 'ES256', state: 'retired' }));
  expect(await json('key list')).toEqual({ keys: expect.arrayContaining(keys) });
  expect(await json('registration-token create --days 1')).toEqual({
    initial_access_token: expect.stringMatching(/^[\w-]{43}$/),
    expires_at: expect.stringMatching(/^\d{4}-/),
  });
  expect(await json('purge')).toMatchObject({ protocol_states: 0, grants: 0 });
  expect(await json('migrate')).toEqual({ applied: [] });
});

test('the audit log knows what was done', async () => {
  const { events } = await json('audit list --type user.disabled --since 2020-01-01');
  expect(events).toEqual([expect.objectContaining({ type: 'user.disabled', actor: 'system' })]);
  expect((await json('audit list --limit 3')).events).toHaveLength(3);
  const all = JSON.stringify(await json('audit list --limit 1000'));
  expect(all).not.toContain(PASSWORD);
});

test('another secret key is refused by name', async () => {
  const { dataDir, databaseUrl } = database.config;
  const other = latchkeyWith({
    DATA_DIR: dataDir,
    SECRET_KEY: 'A'.repeat(43),
    ...(databaseUrl && { DATABASE_URL: databaseUrl }),
  });
  const { code, err } = await other('user list');
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('SECRET_KEY') });
});

test('a database that is not up to date is left alone, and the way out is told', async () => {
  const place = await emptyPlace();
  const bare = globalThis.ENGINE === 'postgresql' ? await createPostgresDatabase() : undefined;
  const settings = { ...place.env, ...(bare && { DATABASE_URL: bare.url }) };
  const untouched = latchkeyWith({ ...settings, MIGRATE: 'off' });
  const { code, err } = await untouched('user list');
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('latchkey migrate') });

  expect((await untouched('migrate')).out).toMatch(/^Applied /);
  expect((await untouched('user list')).out).toBe('No users.\n');
  await bare?.drop();
  await place.dispose();
});

test('where there is no embedded database yet, the first command makes it', async () => {
  if (globalThis.ENGINE === 'postgresql') return;

  const place = await emptyPlace();
  const fresh = latchkeyWith(place.env);
  const outcomes = await Promise.all([fresh('user list'), fresh('api list'), fresh('client list')]);
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0]);
  await place.dispose();
});

test('a data directory that cannot be written is told in a sentence', async () => {
  const { code, err } = await latchkeyWith({ DATA_DIR: '/dev/null/data' })('user list');
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('DATA_DIR') });
});

test('a database that cannot be reached is told in a sentence', async () => {
  const away = latchkeyWith({ DATA_DIR: directory, DATABASE_URL: 'postgresql://x@127.0.0.1:1/x' });
  const { code, out, err } = await away('user list');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toBe(
    'error: The database cannot be reached. See that it runs and that DATABASE_URL is right.\n',
  );
});
