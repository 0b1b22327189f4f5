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

beforeAll(async () => {
  database = await emptyDatabase();
  const { dataDir, databaseUrl } = database.config;
  latchkey = latchkeyWith({ DATA_DIR: dataDir, ...(databaseUrl && { DATABASE_URL: databaseUrl }) });
});

afterAll(() => database.dispose());

/** The one JSON document of a command that worked. */
async function json(line: string, input?: string) {
  const { code, out, err } = await latchkey(`${line} --json`, input);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

test.each([
  ['user disable nobody', 'no such user'],
  ['api create orders', 'identifier'],
])('`%s` is refused in a sentence', async (line, hint) => {
  const { code, out, err } = await latchkey(line);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^error: .+\n$/);
  expect(err).toContain(hint);
});

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
  expect(changed.passwordChangeRequiredAt).toBeNull();
});

test('a password may be one to begin with', async () => {
  const requiredOf = async (login: string) =>
    (await database.db.user.findUniqueOrThrow({ where: { login } })).passwordChangeRequiredAt;
  const created = await latchkey(
    'user create dave --temporary-password --password-stdin',
    PASSWORD,
  );
  expect(created).toMatchObject({ code: 0, err: '' });
  expect(await requiredOf('dave')).toBeInstanceOf(Date);

  await latchkey('user set-password dave --password-stdin', 'another long enough one');
  expect(await requiredOf('dave')).toBeNull();
  await latchkey('user set-password dave --temporary --password-stdin', PASSWORD);
  expect(await requiredOf('dave')).toBeInstanceOf(Date);
  const both = await latchkey('user create erin --temporary-password --no-password');
  expect(both.code).toBe(2);
});

test.each([
  ['two lines', 'one long enough line\nanother\n'],
  ['two ends of a line', 'one long enough line\n\n'],
  ['a tabulator', 'one long\tenough line\n'],
  ['an escape', 'one long \u001b[A enough line'],
])('a password with %s is refused', async (_, input) => {
  const { code, out, err } = await latchkey('user set-password alice --password-stdin', input);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(/^error: A password (is one line|has no control characters)/);
});

test('without a terminal nobody is asked for a password', async () => {
  const { code, out, err } = await latchkey('user set-password alice');
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toBe('error: Give the password on standard input, with --password-stdin.\n');
});

test('a registration token that no server takes yet comes with a warning', async () => {
  const { code, out, err } = await latchkey('registration-token create --json');
  expect({ code, err }).toEqual({
    code: 0,
    err: expect.stringMatching(/^warning: DYNAMIC_REGISTRATION is off.*\n$/),
  });
  expect(JSON.parse(out)).toHaveProperty('initial_access_token');
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

test('a data directory that cannot be written is told in a sentence', async () => {
  const { code, err } = await latchkeyWith({ DATA_DIR: '/dev/null/data' })('user list');
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('DATA_DIR') });
});

test('a database that cannot be reached is told in a sentence', async () => {
  const away = latchkeyWith({
    DATA_DIR: database.config.dataDir,
    DATABASE_URL: 'postgresql://x@127.0.0.1:1/x',
  });
  const { code, out, err } = await away('user list');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(
    /^error: The database can’t be reached \(.*ECONNREFUSED.*\)\. .*DATABASE_URL/,
  );
});

test('a database that does not exist, or lets nobody in, is told as such', async () => {
  const { databaseUrl } = database.config;
  if (!databaseUrl) return;
  const refusals: [change: Partial<URL>, hint: string][] = [
    [{ pathname: '/nosuch' }, 'DATABASE_URL names a database that does not exist'],
    [{ username: 'mallory' }, 'DATABASE_URL'],
  ];
  for (const [change, hint] of refusals) {
    const url = Object.assign(new URL(databaseUrl), change).href;
    const { code, err } = await latchkeyWith({ DATABASE_URL: url })('migrate');
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(hint) });
    expect(err).not.toContain('unexpected');
  }
});
