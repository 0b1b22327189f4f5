import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createRemoteJWKSet,
  decodeJwt,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  SignJWT,
} from 'jose';
import { rotateClientSecret } from '../../src/protocol/clients/client-secrets.ts';
import {
  createOrdersApi,
  createStockApi,
  createTestClient,
  ORDERS,
  READS_BOTH,
  READS_ORDERS,
  STOCK,
} from '../support/clients.ts';
import { basic, postForm } from '../support/http.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  await createOrdersApi(server);
});

afterAll(() => server.close());

const SYSTEM = { type: 'system' } as const;
const token = (form: Record<string, string>, headers?: Record<string, string>) =>
  postForm(`${server.issuer}/token`, { grant_type: 'client_credentials', ...form }, headers);

test('a service fetches a JWT for its API that verifies against the published keys', async () => {
  const { id, secret } = await createTestClient(server, 'service', READS_ORDERS);

  const { status, json } = await token({ scope: 'orders:read' }, basic(id, secret));

  expect(status).toBe(200);
  const keys = createRemoteJWKSet(new URL(`${server.issuer}/jwks`));
  const { payload } = await jwtVerify(json['access_token'] ?? '', keys, {
    audience: ORDERS,
    issuer: server.issuer,
    typ: 'at+jwt',
  });
  expect(payload).toMatchObject({ sub: id, client_id: id, scope: 'orders:read' });
  expect(payload['auth_time']).toBeUndefined();
});

test('without scope it gets all that it is allowed', async () => {
  const { id, secret } = await createTestClient(server, 'service', READS_ORDERS);
  const { json } = await token({}, basic(id, secret));
  expect(json['scope']).toBe('orders:read');
});

test('a service of two APIs gets what its default says of the one it names, or of the first', async () => {
  await createStockApi(server);
  const { id, secret } = await createTestClient(server, 'service', READS_BOTH);
  const answers = [
    await token({}, basic(id, secret)),
    await token({ resource: STOCK }, basic(id, secret)),
    await token({ scope: 'stock:read' }, basic(id, secret)),
    await token({ resource: STOCK, scope: 'orders:read' }, basic(id, secret)),
  ];
  const told = answers.map(({ json }) =>
    json['access_token'] ? [decodeJwt(json['access_token'])['aud'], json['scope']] : json['error'],
  );
  expect(told).toEqual([
    [ORDERS, 'orders:read'],
    [STOCK, 'stock:read'],
    [STOCK, 'stock:read'],
    'invalid_scope',
  ]);
});

test.each([
  ['a permission it was not allowed', { scope: 'orders:write' }, 'invalid_scope'],
  ['an identity scope', { scope: 'openid' }, 'invalid_scope'],
  ['a permission that does not exist', { scope: 'orders:delete' }, 'invalid_scope'],
  ['another API', { resource: 'urn:example:billing' }, 'invalid_target'],
])('%s is refused', async (_, form, error) => {
  const { id, secret } = await createTestClient(server, 'service', READS_ORDERS);
  const { status, json } = await token(form, basic(id, secret));
  expect({ status, error: json['error'] }).toEqual({ status: 400, error });
});

test('client_secret_post is as good as basic', async () => {
  const { id, secret } = await createTestClient(server, 'service', READS_ORDERS);
  expect((await token({ client_id: id, client_secret: secret })).status).toBe(200);
});

test('a wrong secret is 401, and the stored hash is no secret', async () => {
  const { id, secret } = await createTestClient(server, 'service', READS_ORDERS);
  const row = await server.services.db.clientSecret.findFirstOrThrow({ where: { clientId: id } });

  for (const wrong of [`${secret}x`, row.secretHash, 'kept-as-hashes']) {
    expect((await token({}, basic(id, wrong))).status).toBe(401);
  }
});

test('a secret rotates without an outage: old and new work until the old one ends', async () => {
  const { id, secret } = await createTestClient(server, 'service', READS_ORDERS);
  const { services } = server;

  const rotated = await rotateClientSecret(
    services,
    { clientId: id, keepOldSeconds: 3600 },
    SYSTEM,
  );
  await services.freshness.refresh();
  expect((await token({}, basic(id, secret))).status).toBe(200);
  expect((await token({}, basic(id, rotated.secret))).status).toBe(200);

  const last = await rotateClientSecret(services, { clientId: id, keepOldSeconds: 0 }, SYSTEM);
  await services.freshness.refresh();
  expect((await token({}, basic(id, rotated.secret))).status).toBe(401);
  expect((await token({}, basic(id, last.secret))).status).toBe(200);
});

describePrivateKeyJwt();

function describePrivateKeyJwt() {
  test('private_key_jwt: one assertion, one token', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' }] };
    const { id } = await createTestClient(server, 'service', {
      ...READS_ORDERS,
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwks,
    });
    const assertion = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(id)
      .setSubject(id)
      .setAudience(server.issuer)
      .setJti('once')
      .setExpirationTime('1m')
      .sign(privateKey);
    const form = {
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    };

    expect((await token(form)).status).toBe(200);
    expect((await token(form)).status).toBe(401);
  });
}
