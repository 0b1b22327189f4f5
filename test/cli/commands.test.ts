// What each command does with its options and answers, without a process for each; command-line.test.ts has those.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Answer, jsonText } from '../../src/cli/answer.ts';
import { createProgram } from '../../src/cli/program.ts';
import { ensureInstallation } from '../../src/identity/setup/setup.ts';
import { createUser } from '../../src/identity/users/users.ts';
import { openServices, type Services } from '../../src/services.ts';
import { createLogger } from '../../src/operations/log.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { MAILS } from '../support/mail-samples.ts';

const ORDERS = 'urn:example:orders';
const SYSTEM = { type: 'system' } as const;
const NIGHTLY = `client create --type service --name nightly --allow ${ORDERS}=orders:read`;

let database: TestDatabase;
let services: Services;
let directory: string;

beforeAll(async () => {
  database = await emptyDatabase({ DYNAMIC_REGISTRATION: 'on' });
  const log = createLogger({ logLevel: 'silent' });
  services = await openServices(database.config, { log });
  await ensureInstallation(services);
  directory = await mkdtemp(join(tmpdir(), 'latchkey-cli-'));
});

afterAll(async () => {
  await services.close();
  await database.dispose();
  await rm(directory, { recursive: true });
});

async function answerTo(line: string): Promise<Answer> {
  const answers: Answer[] = [];
  const runner = {
    withConfig: async (work: (config: Services['config']) => Promise<Answer>) =>
      void answers.push(await work(services.config)),
    withServices: async (work: (services: Services) => Promise<Answer>) =>
      void answers.push(await work(services)),
  };
  const program = createProgram(() => runner);
  await program.parseAsync(line.split(' '), { from: 'user' });
  const [answer] = answers;
  if (!answer) throw new Error(`${line} answered nothing`);
  return answer;
}

async function json(line: string) {
  return JSON.parse(jsonText((await answerTo(line)).json));
}

test('people are invited, listed, and not invited any more', async () => {
  const line = 'user invite ida@example.com --days 3';
  expect(await json(line)).toMatchObject({ email: 'ida@example.com' });
  expect(await json('user invitations')).toMatchObject({
    invitations: [{ email: 'ida@example.com' }],
  });
  expect((await answerTo('user invitations')).text).not.toMatch(/[\w-]{43}/);
  await json('user revoke-invitation ida@example.com');
  expect(await json('user invitations')).toEqual({ invitations: [] });
  await expect(answerTo('user invite nobody')).rejects.toMatchObject({ code: 'email_malformed' });
  await expect(answerTo('user invite ida@example.com --days 0')).rejects.toThrow('--days');
  await database.db.mail.deleteMany();
});

test('the first administrator takes over what there is, and owns what follows', async () => {
  await json(`api create ${ORDERS} --permission orders:read`);
  await json(NIGHTLY);
  await createUser(services, { login: 'alice', administrator: true }, SYSTEM);

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

test('a person is mailed a link that verifies their address, while there is something to verify', async () => {
  const { id } = await json('user create carol --email carol@example.com --no-password');
  expect(await json('user verify-email carol')).toMatchObject({ login: 'carol' });
  const where = { userId: id, kind: 'verify-email', recipient: 'carol@example.com' };
  expect(await services.db.mail.count({ where })).toBe(1);

  await services.db.user.update({ where: { id }, data: { emailVerified: true } });
  await expect(answerTo('user verify-email carol')).rejects.toThrow('still to be verified');
  await services.db.user.delete({ where: { id } });
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
  ['client update nowhere --name X', 'nowhere'],
  ['client create --type spa --name X --redirect-uri https://x.example/a --accent fff', '1.00:1'],
  ['consent revoke nowhere', 'nowhere'],
  ['consent list --user nobody', 'no such user'],
  ['consent list --client nowhere', 'nowhere'],
  ['api create urn:x:orders', 'namespace'],
  ['api update urn:example:nothing --acr aal2', 'no API'],
  [
    'client create --type spa --name X --redirect-uri https://x.example/ --initiate-login-uri http://localhost/x',
    'https',
  ],
])('`%s` is refused in a sentence', async (line, hint) => {
  await expect(json(line)).rejects.toMatchObject({
    name: 'DomainError',
    message: expect.stringContaining(hint),
  });
});

test('an API and a client demand two factors, and an API does so no longer', async () => {
  const id = 'urn:example:vault';
  expect(await json(`api create ${id} --permission open --acr aal2`)).toMatchObject({
    acr: 'aal2',
  });
  expect(await json(`api update ${id} --acr aal1`)).toMatchObject({ acr: 'aal1' });
  expect(await json(`api update ${id} --acr aal1`)).toMatchObject({ acr: 'aal1' });
  const line =
    'client create --type spa --name Vault --redirect-uri https://vault.example.com/ --acr aal2 ' +
    '--initiate-login-uri https://vault.example.com/login';
  expect(await json(line)).toMatchObject({
    default_acr_values: ['http://idmanagement.gov/ns/assurance/aal/2'],
    initiate_login_uri: 'https://vault.example.com/login',
  });
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
  const refused = json(`client create --type service --name X --jwks-file ${file}`);
  await expect(refused).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('public keys'),
  });
});

test('how a client appears can be changed, and taken away', async () => {
  const made = await json('client create --type service --name plain --accent b00020');
  const logo = 'https://shop.example.com/logo.png';
  const line = `client update ${made.client_id} --name Shop --accent 0a58ca --accent-dark 6ea8fe`;
  expect(await json(`${line} --logo-uri ${logo}`)).toMatchObject({
    client_name: 'Shop',
    logo_uri: logo,
    accent: '0a58ca',
    accent_dark: '6ea8fe',
  });

  const bare = await json(`client update ${made.client_id} --accent none --logo-uri none`);
  expect(bare).toMatchObject({ client_name: 'Shop', grant_types: ['client_credentials'] });
  for (const gone of ['accent', 'accent_dark', 'logo_uri']) expect(bare).not.toHaveProperty(gone);
  await expect(json(`client update ${made.client_id}`)).rejects.toMatchObject({ exitCode: 2 });
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
  await expect(json(`client show ${made.client_id}`)).rejects.toMatchObject({
    refusal: 'not-found',
  });
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

test('a person’s name and language are corrected, and what is not given stays', async () => {
  expect(await json('user update bob --locale pt-br')).toMatchObject({ locale: 'pt-BR' });
  expect(await json('user update bob --name Bobby')).toMatchObject({
    name: 'Bobby',
    locale: 'pt-BR',
  });
  await json('user update bob --name Bobby');
  const cleared = await json('user update bob --locale=');
  expect(cleared).toMatchObject({ name: 'Bobby' });
  expect(cleared).not.toHaveProperty('locale');
  await expect(json('user update bob')).rejects.toMatchObject({ exitCode: 2 });
  await expect(json('user update bob --locale x_y')).rejects.toMatchObject({
    code: 'locale_malformed',
  });

  const { events } = await json('audit list --type user.updated');
  expect(events.map(({ detail }: { detail: object }) => detail)).toEqual([
    { field: 'locale' },
    { field: 'name' },
    { field: 'locale' },
  ]);
});

test('a person is deleted after a while, or at once', async () => {
  await json('user create dora --no-password');
  expect(await json('user delete dora')).toMatchObject({
    login: 'dora',
    deletion_due_at: expect.any(String),
  });
  expect(await json('user delete dora --now')).toMatchObject({ login: 'dora', done: 'delete' });
  await expect(json('user delete dora')).rejects.toMatchObject({ refusal: 'not-found' });
});

test('who answers for clients and APIs hands them over and can be deleted then', async () => {
  await json('user create emil --no-password');
  await json('user create frida --no-password');
  const { client_id: id } = await json('client create --type service --name emils --owner emil');
  await json('api create urn:example:emils --permission read --owner emil');
  await expect(json('user delete emil --now')).rejects.toMatchObject({ code: 'user_owns' });
  await expect(json('user hand-over emil --to nobody')).rejects.toMatchObject({
    refusal: 'not-found',
  });

  expect(await json('user hand-over emil --to frida')).toEqual({
    from: 'emil',
    to: 'frida',
    clients: 1,
    apis: 1,
  });

  expect(await json(`client show ${id}`)).toMatchObject({ owner: 'frida' });
  expect(await json('user hand-over emil --to frida')).toMatchObject({ clients: 0, apis: 0 });
  const event = { type: 'client.updated', targetId: String(id) };
  expect(await database.db.auditEvent.count({ where: event })).toBe(1);
  expect(await json('user delete emil --now')).toMatchObject({ done: 'delete' });
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
  expect((await json('consent list --user BOB')).consents).toHaveLength(1);
  expect(await json('consent list --user alice')).toEqual({ consents: [] });
  await json(`consent revoke ${id}`);
  expect(await json('consent list')).toEqual({ consents: [] });
});

test('keys rotate, tokens are made, and what has expired is purged', async () => {
  await json('key rotate --alg ES256');
  await expect(json('key rotate --alg ES256')).rejects.toMatchObject({ code: 'next_key_too_new' });
  const { keys } = await json('key rotate --alg ES256 --force');
  expect(keys).toContainEqual(expect.objectContaining({ alg: 'ES256', state: 'retired' }));
  expect(await json('key list')).toEqual({ keys: expect.arrayContaining(keys) });
  expect(await json('registration-token create --days 1')).toEqual({
    initial_access_token: expect.stringMatching(/^[\w-]{43}$/),
    expires_at: expect.stringMatching(/^\d{4}-/),
  });
  expect(await json('purge')).toMatchObject({ protocol_states: 0, grants: 0 });
  expect(await json('migrate')).toEqual({ applied: [] });
});

test('mails are listed without what they say, and a failed one is tried again', async () => {
  const mail = { ...MAILS['credential-changed'], to: 'alice@example.com' };
  const id = await services.mail.queue(database.db, mail);
  expect(await json('mail list')).toEqual({
    mails: [expect.objectContaining({ id, to: 'alice@example.com', state: 'waiting' })],
  });
  const { text } = await answerTo('mail list --state waiting');
  expect(text).toContain('credential-changed');
  expect(text).not.toContain('passkey');
  await expect(json(`mail retry ${id}`)).rejects.toMatchObject({ code: 'mail_not_failed' });

  const failed = { dueAt: null, failedAt: new Date(), fault: '550 unknown' };
  await database.db.mail.update({ where: { id }, data: failed });
  expect((await json('mail list --state failed')).mails).toHaveLength(1);
  expect(await json('mail retry')).toEqual({ retried: 1 });
  expect(await json('mail retry')).toEqual({ retried: 0 });
  expect(await json('mail list --state failed')).toEqual({ mails: [] });
  await expect(json('mail retry nothing')).rejects.toMatchObject({ code: 'mail_not_found' });
});

test('the audit log knows what was done', async () => {
  const { events } = await json('audit list --type user.disabled --since 2020-01-01');
  expect(events).toEqual([expect.objectContaining({ type: 'user.disabled', actor: 'system' })]);
  expect((await json('audit list --limit 3')).events).toHaveLength(3);
});
