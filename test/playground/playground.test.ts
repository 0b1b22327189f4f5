import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createApi } from '../../src/authorization/apis/apis.ts';
import { type Agent, createAgent, formOf } from '../support/agent.ts';
import { createOrdersApi, createTestClient, READS_ORDERS } from '../support/clients.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { makeRequest, pathOf, play, prepare, signIn, text, tokenIn } from './player.ts';

let server: TestServer;
let agent: Agent;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
  await createOrdersApi(server);
});

afterAll(() => server.close());

beforeEach(() => {
  agent = createAgent(server.issuer);
});

test('a whole login, from the choice of a client to its logout', async () => {
  const { id, client } = await createTestClient(server, 'web');
  const clients = await agent.browse('/playground');
  expect(clients.body).toContain(`href="${pathOf(id)}"`);
  expect(clients.body).toContain(client.name);

  const unprepared = await agent.browse(pathOf(id));
  expect(unprepared.body).not.toContain('playground-prepare');
  const request = await makeRequest(agent, id);
  expect(request.url).toBe(`${server.issuer}/playground/request`);
  expect(text(request)).toContain('code_challenge_method S256');

  const done = await signIn(agent, await agent.submit(request, 'playground-continue'));
  expect(done.status).toBe(200);
  expect(text(done)).toContain('The state is the one we sent');
  expect(text(done)).toContain('The signature is genuine');
  expect(text(done)).toMatch(/curl -X POST .*\/token' .* -u '[0-9a-f]{32}:••••••••'/);
  const idToken = tokenIn(done, 'id-token').split('.')[1] ?? '';
  expect(JSON.parse(Buffer.from(idToken, 'base64url').toString())).toMatchObject({
    aud: id,
    iss: server.issuer,
  });
  expect(text(done)).toContain(`aud ${id}`);
  expect(text(done)).toMatch(/exp \d+ \(\d{4}-\d\d-\d\d .* UTC, in 1 hour\)/);

  const userinfo = await agent.submit(done, 'userinfo-submit');
  expect(text(userinfo)).toContain('"preferred_username": "alice"');

  const refreshed = await agent.submit(userinfo, 'refresh-submit');
  expect(text(refreshed)).toContain('Before and after');
  expect(tokenIn(refreshed, 'access-token')).not.toBe(tokenIn(done, 'access-token'));
  expect(refreshed.body).toContain(tokenIn(done, 'access-token'));

  const introspected = await agent.submit(refreshed, 'introspect-refresh');
  expect(text(introspected)).toContain('"active": true');

  const revoked = await agent.submit(introspected, 'revoke-refresh');
  expect(text(revoked)).toContain('200 OK');
  expect(text(await agent.submit(revoked, 'introspect-access'))).toContain('"active": false');
  expect(text(await agent.submit(revoked, 'userinfo-submit'))).toContain('invalid_token');
  expect(text(await agent.submit(revoked, 'refresh-submit'))).toContain('invalid_grant');

  const { action, fields } = formOf(revoked.body, 'playground-logout');
  const confirm = await agent.open(
    `${action}?${new URLSearchParams(fields as Record<string, string>).toString()}`,
  );
  const home = await agent.submit(confirm, 'logout-confirm');
  expect(home.url).toBe(`${server.issuer}/playground?state=signed-out`);
  expect(text(home)).toContain('You are signed out');
});

test.each([
  ['spa', {}],
  ['native', {}],
  ['web', { tokenEndpointAuthMethod: 'client_secret_post' }],
  ['web', { requirePushedAuthorizationRequests: true }],
  ['web', { idTokenSignedResponseAlg: 'RS256', requirePkce: false }],
] as const)('a %s client with %j can be played', async (type, more) => {
  const { id } = await createTestClient(server, type, more);

  const done = await play(agent, id);

  expect(text(done)).toContain('The application has its tokens');
  expect(text(await agent.submit(done, 'userinfo-submit'))).toContain('alice@example.com');
  expect(text(done)).not.toMatch(/client_secret=(?!•{8}')/);
});

test('the answer may come in a form', async () => {
  const { id } = await createTestClient(server, 'spa');

  const form = await play(agent, id, { responseMode: 'form_post' });
  const fields = Object.fromEntries(
    [...form.body.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
      ([, name, value]) => [name ?? '', value ?? ''],
    ),
  );
  const done = await agent.open('/playground/callback', fields);

  expect(form.body).toContain(`action="${server.issuer}/playground/callback"`);
  expect(text(done)).toContain('The application has its tokens');
});

test('a token for an API is taken apart and verified, and userinfo refuses it', async () => {
  const { id } = await createTestClient(server, 'web', READS_ORDERS);

  const done = await play(agent, id, {
    scope: ['openid', 'orders:read'],
    resource: 'urn:example:orders',
  });
  const [, claims = ''] = tokenIn(done, 'access-token').split('.');
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    aud: 'urn:example:orders',
  });
  expect(text(done).match(/The signature is genuine/g)).toHaveLength(2);
  expect(text(done)).toContain('userinfo refuses it');

  expect(text(await agent.submit(done, 'userinfo-submit'))).toContain('invalid_token');
  expect(text(await agent.submit(done, 'revoke-access'))).toContain('unsupported_token_type');
  expect(text(await agent.submit(done, 'refresh-submit'))).toContain('Replaced');
});

test('an opaque token for an API is told apart from one for userinfo', async () => {
  const api = {
    identifier: 'urn:example:stock',
    name: 'Stock',
    tokenFormat: 'opaque',
    permissions: [{ name: 'stock:read', description: 'See the stock' }],
  } as const;
  await createApi(
    server.services,
    { ...api, permissions: [...api.permissions] },
    { type: 'system' },
  );
  const allow = [{ api: api.identifier, permissions: ['stock:read'] }];
  const { id } = await createTestClient(server, 'spa', { allow });

  const done = await play(agent, id, { scope: ['openid', 'stock:read'] });

  expect(text(done)).toContain('A random text for an API');
  expect(text(done)).toContain('userinfo refuses it');
  expect(text(await agent.submit(done, 'userinfo-submit'))).toContain('insufficient_scope');
  expect(text(await agent.submit(done, 'introspect-access'))).toContain('"scope": "stock:read"');
});

test.each([
  ['a scope that the client may not ask for', { otherScopes: 'orders:write' }, 'invalid_scope'],
  ['an API that it may not ask for', { resource: 'urn:example:other' }, 'invalid_target'],
  ['a prompt that forbids asking', { prompt: 'none' }, 'login_required'],
])('%s is refused in plain words', async (_what, choices: Record<string, string>, code) => {
  const { id } = await createTestClient(server, 'spa');
  const request = await makeRequest(agent, id, choices);

  const failed = await agent.submit(request, 'playground-continue');

  expect(failed.status).toBe(400);
  expect(text(failed)).toContain(code);
  expect(failed.body).toContain(`id="playground-again" href="${pathOf(id)}"`);
});

test('a person who refuses is told of as access_denied', async () => {
  const { id } = await createTestClient(server, 'spa');
  const request = await makeRequest(agent, id);
  const login = await agent.submit(request, 'playground-continue');
  const consent = await agent.submit(login, 'login-submit', ALICE);

  expect(text(await agent.submit(consent, 'consent-deny'))).toContain('access_denied');
});

test('a request that is refused when it is pushed shows why', async () => {
  const { id } = await createTestClient(server, 'web', {
    requirePushedAuthorizationRequests: true,
  });
  const request = await makeRequest(agent, id, {
    otherScopes: 'nonsense',
  });

  const failed = await agent.submit(request, 'playground-continue');

  expect(failed.status).toBe(400);
  expect(text(failed)).toContain('invalid_scope');
});

test('clients that only the application itself can play are listed with the reason', async () => {
  const jwksUri = 'https://app.example.com/jwks';
  const { id } = await createTestClient(server, 'web', {
    tokenEndpointAuthMethod: 'private_key_jwt',
    jwksUri,
  });
  const service = await createTestClient(server, 'service');

  const page = await agent.browse('/playground');

  expect(page.body).toContain(id);
  expect(page.body).not.toContain(pathOf(id));
  expect(text(page)).toContain('authenticates with a private key');
  expect(page.body).not.toContain(service.id);
  expect((await agent.open(pathOf(id))).status).toBe(400);
  expect((await agent.open(pathOf(service.id))).status).toBe(404);
  expect((await agent.open(pathOf('nobody'))).status).toBe(404);
});

test('what the playground adds to a client is audited, and the secret ends by itself', async () => {
  const { id } = await createTestClient(server, 'web');
  await prepare(agent, id);

  const { db } = server.services;
  const events = await db.auditEvent.findMany({ where: { targetId: id }, orderBy: { at: 'asc' } });
  expect(events.map(({ type }) => type)).toEqual([
    'client.created',
    'client.updated',
    'client.secret_added',
  ]);
  expect(events.at(-1)).toMatchObject({ actorType: 'anonymous', requestId: expect.any(String) });
  const secrets = await db.clientSecret.findMany({
    where: { clientId: id, expiresAt: { not: null } },
  });
  const [minutes] = secrets.map(({ expiresAt }) => (Number(expiresAt) - Date.now()) / 60_000);
  expect(minutes).toBeLessThanOrEqual(10);
  expect(minutes).toBeGreaterThan(9);
  const row = await db.client.findUnique({ where: { id } });
  expect(row?.redirectUris).toContain('https://app.example.com/callback');
});

test('the secret of one client is not tried for another', async () => {
  const [first, second] = [
    await createTestClient(server, 'web'),
    await createTestClient(server, 'web'),
  ];
  await prepare(agent, first.id);

  expect((await agent.browse(pathOf(second.id))).body).toContain('id="playground-secret"');
  expect((await agent.browse(pathOf(first.id))).body).not.toContain('id="playground-secret"');
});

test('without its secret a login stops with a way on', async () => {
  const { id } = await createTestClient(server, 'web');
  const request = await makeRequest(agent, id);
  const at = agent.cookies.findIndex(({ name }) => name.endsWith('_secret'));
  agent.cookies.splice(at, 1);

  const page = await agent.submit(request, 'playground-continue');

  expect(page.status).toBe(400);
  expect(text(page)).toContain('The secret has ended');
  expect(page.body).toContain(`href="${pathOf(id)}"`);
});

test('the first client can be made here', async () => {
  const empty = await startServer();
  try {
    await createPerson(empty, ALICE);
    agent = createAgent(empty.issuer);
    const client = await agent.submit(await agent.browse('/playground'), 'playground-example');

    expect(text(client)).toContain('Playground');
    const id = client.url.split('/').at(-1) ?? '';
    expect(text(await play(agent, id))).toContain('The application has its tokens');
    const list = await agent.browse('/playground');
    expect(list.body).not.toContain('playground-example');
  } finally {
    await empty.close();
  }
});

test('where the server can’t reach itself, the page says so', async () => {
  const { id } = await createTestClient(server, 'spa');
  const page = await prepare(agent, id);
  const real = globalThis.fetch;
  globalThis.fetch = (url, options) =>
    typeof url === 'string' && url.includes('/.well-known/')
      ? Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }))
      : real(url, options);
  try {
    const failed = await agent.submit(page, 'playground-prepare');
    expect(failed.status).toBe(400);
    expect(text(failed)).toContain('The server can’t reach itself');
    expect(text(failed)).toContain('ECONNREFUSED');
  } finally {
    globalThis.fetch = real;
  }
});

test('without the development pages there is no playground', async () => {
  const strict = await startServer({ DEVELOPMENT_PAGES: 'off' });
  try {
    const stranger = createAgent(strict.issuer);
    for (const path of [
      '/playground',
      '/playground/request',
      '/playground/callback?code=x&state=y',
    ]) {
      expect((await stranger.open(path)).status).toBe(404);
    }
    expect((await stranger.open('/playground/clients', { csrf: 'x' })).status).toBe(404);
    expect((await stranger.open('/')).body).not.toContain('playground');
  } finally {
    await strict.close();
  }
});
