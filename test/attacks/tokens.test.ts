// Attacks on codes and tokens: 7, 10 to 12, 17 to 19.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createApi } from '../../src/authorization/apis/apis.ts';
import { createAgent } from '../support/agent.ts';
import { createOrdersApi, createTestClient, ORDERS, READS_ORDERS } from '../support/clients.ts';
import { basic, bearer, get, postForm } from '../support/http.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { authorizedCode, refreshRequest, signedIn, tokenRequest } from '../support/victims.ts';

const BILLING = 'urn:example:billing';
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
  await createOrdersApi(server, 'opaque');
  const permissions = [{ name: 'billing:read', description: 'Read your bills' }];
  const billing = { identifier: BILLING, name: 'Billing', permissions };
  await createApi(server.services, { ...billing, tokenFormat: 'opaque' }, { type: 'system' });
});

afterAll(() => server.close());

const userinfo = async (token: string) =>
  (await get(`${server.issuer}/userinfo`, bearer(token))).status;
const introspect = async (token: string, auth: Record<string, string>) =>
  (await postForm(`${server.issuer}/introspect`, { token }, auth)).json;
const tokensOf = (clientId: string) =>
  server.services.db.protocolState.count({
    where: { clientId, model: { in: ['AccessToken', 'RefreshToken'] } },
  });

describe('attack 7: codes in wrong hands', () => {
  test('attack 7: the code of one client is worth nothing at another, and still good at its own', async () => {
    const { form, id } = await authorizedCode(server);
    const publicClient = await createTestClient(server, 'spa');
    const confidential = await createTestClient(server, 'web');

    const refusals = [
      await tokenRequest(server, { ...form, client_id: publicClient.id }),
      await tokenRequest(
        server,
        { ...form, client_id: confidential.id },
        basic(confidential.id, confidential.secret),
      ),
    ];
    const { client_id: _, ...unnamed } = form;
    refusals.push(await tokenRequest(server, unnamed, basic(confidential.id, confidential.secret)));

    for (const { status, json } of refusals) {
      expect([status, json['access_token']]).toEqual([400, undefined]);
    }
    expect([await tokensOf(publicClient.id), await tokensOf(confidential.id)]).toEqual([0, 0]);
    expect((await tokenRequest(server, form)).status).toBe(200);
    expect(await tokensOf(id)).toBe(2);
  });

  test('attack 7: the code of a confidential client needs its secret', async () => {
    const { form, id, secret } = await authorizedCode(server, { type: 'web' });

    for (const headers of [{}, basic(id, 'wrong')]) {
      const { status, json } = await tokenRequest(server, form, headers);
      expect([status, json['error']]).toEqual([401, 'invalid_client']);
    }
    const { client_id: _, ...rest } = form;
    expect((await tokenRequest(server, rest, basic(id, secret))).status).toBe(200);
  });

  test('attack 7: an expired code gives nothing', async () => {
    const { form, id } = await authorizedCode(server);
    const { db } = server.services;
    await db.protocolState.updateMany({
      where: { clientId: id, model: 'AuthorizationCode' },
      data: { expiresAt: new Date(Date.now() - 1000) },
    });

    const { status, json } = await tokenRequest(server, form);

    expect([status, json['error']]).toEqual([400, 'invalid_grant']);
    expect(await tokensOf(id)).toBe(0);
  });

  test('attack 7: a code used twice revokes all that it gave, and is audited', async () => {
    const { form, id } = await authorizedCode(server);
    const first = await tokenRequest(server, form);
    const { access_token: access = '', refresh_token: refresh = '' } = first.json;
    const renewed = await refreshRequest(server, id, refresh);
    expect(await userinfo(access)).toBe(200);

    const again = await tokenRequest(server, form);

    expect([again.status, again.json['error']]).toEqual([400, 'invalid_grant']);
    expect(await userinfo(access)).toBe(401);
    expect(await userinfo(renewed.json['access_token'] ?? '')).toBe(401);
    expect((await refreshRequest(server, id, renewed.json['refresh_token'] ?? '')).status).toBe(
      400,
    );
    expect(await tokensOf(id)).toBe(0);
    const where = { type: 'token.reuse_detected', clientId: id };
    expect(await server.services.db.auditEvent.count({ where })).toBe(1);
  });
});

test('attack 10: a refresh token used again ends the grant, access tokens included', async () => {
  const { id, refreshToken, accessToken } = await signedIn(server);
  const first = await refreshRequest(server, id, refreshToken);
  const second = await refreshRequest(server, id, first.json['refresh_token'] ?? '');
  expect(second.status).toBe(200);

  expect((await refreshRequest(server, id, refreshToken)).json['error']).toBe('invalid_grant');

  expect((await refreshRequest(server, id, second.json['refresh_token'] ?? '')).status).toBe(400);
  expect([await userinfo(accessToken), await userinfo(second.json['access_token'] ?? '')]).toEqual([
    401, 401,
  ]);
  expect(await tokensOf(id)).toBe(0);
});

test('attack 11: a refresh token needs the authentication of its own client', async () => {
  const { id, secret, refreshToken } = await signedIn(server, { type: 'web' });
  const other = await createTestClient(server, 'web');
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
  const attempts: [Record<string, string>, Record<string, string>][] = [
    [form, {}],
    [{ ...form, client_id: id }, {}],
    [form, basic(id, 'wrong')],
    [form, basic(id, '')],
    [form, basic(other.id, other.secret)],
    [{ ...form, client_id: id }, basic(other.id, other.secret)],
    [{ ...form, client_id: id, client_secret: other.secret }, {}],
    [{ ...form, client_id: id, client_secret: secret }, basic(id, secret)],
    [{ ...form, client_id: id, client_assertion: 'x.y.z' }, basic(id, secret)],
  ];

  for (const [body, headers] of attempts) {
    const { status, json } = await tokenRequest(server, body, headers);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(json['access_token']).toBeUndefined();
  }
  expect((await tokenRequest(server, form, basic(id, secret))).status).toBe(200);
});

describe('attack 12: asking for more later', () => {
  const BOTH = { allow: [...READS_ORDERS.allow, { api: BILLING, permissions: ['billing:read'] }] };

  test.each([
    ['another identity scope', { scope: 'openid email' }],
    ['a permission that was not asked for', { scope: 'openid orders:write' }],
    ['a permission of another API', { scope: 'openid billing:read', resource: BILLING }],
    ['another API', { resource: BILLING }],
    ['all at once', { scope: 'openid profile email offline_access orders:read orders:write' }],
  ])('attack 12: %s on refresh', async (_, more: Record<string, string>) => {
    const { id, refreshToken } = await signedIn(server, {
      client: BOTH,
      parameters: { scope: 'openid orders:read' },
    });

    const { status, json } = await refreshRequest(server, id, refreshToken, more);

    expect([status, json['access_token']]).toEqual([400, undefined]);
    expect(json['error']).toMatch(/^invalid_(scope|target|grant)$/);
    const rightful = await refreshRequest(server, id, refreshToken);
    expect([rightful.status, rightful.json['scope']?.includes('email')]).toEqual([200, false]);
  });

  test('attack 12: what was narrowed on refresh stays inside what was granted', async () => {
    const { id, refreshToken } = await signedIn(server, { parameters: { scope: 'openid email' } });
    const narrow = await refreshRequest(server, id, refreshToken, { scope: 'openid' });
    expect(narrow.json['scope']).toBe('openid');
    const claims = await get(
      `${server.issuer}/userinfo`,
      bearer(narrow.json['access_token'] ?? ''),
    );
    expect(claims.json['email']).toBeUndefined();
    const wide = await refreshRequest(server, id, narrow.json['refresh_token'] ?? '', {
      scope: 'openid email profile',
    });
    expect(wide.status).toBe(400);
  });

  test.each([
    ['another API', { resource: BILLING }],
    ['two APIs', { resource: `${ORDERS} ${BILLING}` }],
  ])('attack 12: %s when the code is redeemed', async (_, more) => {
    const { form, id } = await authorizedCode(server, {
      client: BOTH,
      parameters: { scope: 'openid orders:read' },
    });
    const { status, json } = await tokenRequest(server, { ...form, ...more });
    expect([status, json['error']]).toEqual([400, 'invalid_target']);
    expect(await tokensOf(id)).toBe(0);
  });

  test('attack 12: a device gets what the person saw, however it polls', async () => {
    const { id } = await createTestClient(server, 'device', BOTH);
    const refused = await postForm(`${server.issuer}/device_authorization`, {
      client_id: id,
      scope: 'openid orders:write',
    });
    expect(refused.json['error']).toBe('invalid_scope');

    const wider = await tokenRequest(server, { ...(await approved(id)), resource: BILLING });
    expect([wider.status, wider.json['access_token']]).toEqual([400, undefined]);
    expect(await tokensOf(id)).toBe(0);

    const form = { ...(await approved(id)), scope: 'openid email billing:read' };
    const { json: tokens } = await tokenRequest(server, form);
    expect(tokens['access_token']).toEqual(expect.any(String));
    expect(tokens['scope']).not.toMatch(/email|billing|write/);
    const more = await refreshRequest(server, id, tokens['refresh_token'] ?? '', {
      scope: 'openid email',
    });
    expect(more.status).toBe(400);
  });
});

/** What a device polls with, after a person whose browser asks for more than was shown. */
async function approved(id: string) {
  const begun = { client_id: id, scope: 'openid orders:read' };
  const { json } = await postForm(`${server.issuer}/device_authorization`, begun);
  const typed = { user_code: json['user_code'] ?? '' };
  const agent = createAgent(server.issuer);
  let page = await agent.submit(await agent.browse('/device'), 'device-continue', typed);
  page = await agent.submit(page, 'device-confirm', { scope: 'openid billing:read' });
  page = await agent.submit(page, 'login-submit', { ...ALICE });
  if (page.body.includes('id="consent-allow"')) {
    const scope = ['orders:read', 'orders:write', 'billing:read', 'email'];
    await agent.submit(page, 'consent-allow', { scope });
  }
  return { grant_type: DEVICE_GRANT, client_id: id, device_code: json['device_code'] ?? '' };
}

describe('attack 17: introspection and revocation by the wrong client', () => {
  test('attack 17: a stranger, a public client and the API of another audience learn nothing', async () => {
    const { accessToken, refreshToken, id, secret } = await signedIn(server, {
      type: 'web',
      client: READS_ORDERS,
      parameters: { scope: 'openid orders:read' },
    });
    const stranger = await createTestClient(server, 'service');
    const spa = await createTestClient(server, 'spa');
    const billing = await createTestClient(server, 'service', { actsAsApi: BILLING });
    const orders = await createTestClient(server, 'service', { actsAsApi: ORDERS });

    for (const { id: other, secret: theirs } of [stranger, billing]) {
      for (const token of [accessToken, refreshToken]) {
        expect(await introspect(token, basic(other, theirs))).toEqual({ active: false });
      }
    }
    const anonymous = await postForm(`${server.issuer}/introspect`, {
      token: accessToken,
      client_id: spa.id,
    });
    expect(anonymous.json['active'] ?? false).toBe(false);
    expect(await introspect(refreshToken, basic(orders.id, orders.secret))).toEqual({
      active: false,
    });
    expect(await introspect(accessToken, basic(id, secret))).toMatchObject({ active: true });
  });

  test('attack 17: whoever is not its client cannot revoke a token', async () => {
    const { accessToken, refreshToken, id, secret } = await signedIn(server, { type: 'web' });
    const spa = await createTestClient(server, 'spa');
    const orders = await createTestClient(server, 'service', { actsAsApi: ORDERS });

    for (const token of [accessToken, refreshToken]) {
      await postForm(`${server.issuer}/revoke`, { token, client_id: spa.id });
      await postForm(`${server.issuer}/revoke`, { token }, basic(orders.id, orders.secret));
      await postForm(`${server.issuer}/revoke`, { token, client_id: id });
    }

    for (const token of [accessToken, refreshToken]) {
      expect(await introspect(token, basic(id, secret))).toMatchObject({ active: true });
    }
    expect(await server.services.db.auditEvent.count({ where: { type: 'token.revoked' } })).toBe(0);
  });
});

describe('attack 18: opaque tokens that are nearly right', () => {
  const NEARLY: Record<string, (token: string) => string> = {
    'cut off at the end': (token) => token.slice(0, -1),
    'cut off at the start': (token) => token.slice(1),
    padded: (token) => `${token}=`,
    'with a character more': (token) => `${token}A`,
    'with a dot': (token) => `${token}.`,
    'in upper case': (token) => token.toUpperCase(),
    'in lower case': (token) => token.toLowerCase(),
    'with its case swapped': (token) =>
      token.replace(/[a-z]/i, (letter) =>
        letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
      ),
    doubled: (token) => token + token,
    'percent-encoded twice': (token) => `%${token.charCodeAt(0).toString(16)}${token.slice(1)}`,
    reversed: (token) => token.split('').toReversed().join(''),
  };

  test.each(Object.entries(NEARLY))('attack 18: %s', async (_, change) => {
    const { accessToken, refreshToken, id, secret } = await signedIn(server, { type: 'web' });
    const { form } = await authorizedCode(server);
    const auth = basic(id, secret);
    const refresh = { grant_type: 'refresh_token', refresh_token: change(refreshToken) };

    expect(await userinfo(change(accessToken))).toBe(401);
    expect(await introspect(change(accessToken), auth)).toEqual({ active: false });
    expect((await tokenRequest(server, refresh, auth)).json['error']).toBe('invalid_grant');
    expect((await tokenRequest(server, { ...form, code: change(form.code) })).json['error']).toBe(
      'invalid_grant',
    );
    await postForm(`${server.issuer}/revoke`, { token: change(accessToken) }, auth);

    expect(await userinfo(accessToken)).toBe(200);
    expect((await tokenRequest(server, form)).status).toBe(200);
  });

  test('attack 18: what is stored of a token is no token', async () => {
    const { id, secret, accessToken } = await signedIn(server, { type: 'web' });
    const rows = await server.services.db.protocolState.findMany({ where: { clientId: id } });
    for (const row of rows) {
      expect(await userinfo(row.id)).toBe(401);
      expect(await introspect(row.id, basic(id, secret))).toEqual({ active: false });
    }
    expect(JSON.stringify(rows)).not.toContain(accessToken);
  });
});

test('attack 19: no other token opens userinfo', async () => {
  const { idToken, refreshToken, form } = {
    ...(await signedIn(server)),
    ...(await authorizedCode(server)),
  };
  for (const token of [idToken, refreshToken, form.code, 'x', ''])
    expect(await userinfo(token)).toBeGreaterThanOrEqual(400);
  const inQuery = await signedIn(server);
  expect((await get(`${server.issuer}/userinfo?access_token=${inQuery.accessToken}`)).status).toBe(
    400,
  );
  const twice = await postForm(
    `${server.issuer}/userinfo`,
    { access_token: inQuery.accessToken },
    bearer(inQuery.accessToken),
  );
  expect(twice.status).toBe(400);
});
