import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAgent } from '../support/agent.ts';
import { createOrdersApi, createTestClient, READS_ORDERS } from '../support/clients.ts';
import { postForm } from '../support/http.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
  await createOrdersApi(server);
});

afterAll(() => server.close());

const begin = (client_id: string, scope = 'openid profile') =>
  postForm(`${server.issuer}/device_authorization`, { client_id, scope });
const poll = (client_id: string, device_code: string) =>
  postForm(`${server.issuer}/token`, { grant_type: DEVICE_GRANT, client_id, device_code });

async function approve(userCode: string) {
  const agent = createAgent(server.issuer);
  const confirm = await agent.submit(await agent.browse('/device'), 'device-continue', {
    user_code: userCode,
  });
  let page = await agent.submit(confirm, 'device-confirm');
  page = await agent.submit(page, 'login-submit', { ...ALICE });
  if (page.body.includes('id="consent-allow"')) page = await agent.submit(page, 'consent-allow');
  return { confirm, page };
}

test('a device gets tokens once a person has approved it elsewhere', async () => {
  const { id } = await createTestClient(server, 'device', READS_ORDERS);
  const { json } = await begin(id, 'openid orders:read');
  expect((await poll(id, json['device_code'] ?? '')).json['error']).toBe('authorization_pending');

  const { confirm, page } = await approve(json['user_code'] ?? '');
  expect(confirm.body).toContain('Read your orders');
  expect(confirm.body).toContain(json['user_code']);
  expect(page.status).toBe(200);

  const tokens = await poll(id, json['device_code'] ?? '');
  expect(tokens.status).toBe(200);
  expect(tokens.json).toMatchObject({
    access_token: expect.any(String),
    refresh_token: expect.any(String),
  });
  expect((await poll(id, json['device_code'] ?? '')).json['error']).toBe('invalid_grant');
});

test('what a device was given survives the session of the browser that approved it', async () => {
  const { id } = await createTestClient(server, 'device');
  const { json } = await begin(id);
  await approve(json['user_code'] ?? '');
  const tokens = await poll(id, json['device_code'] ?? '');
  await server.services.db.session.deleteMany();

  const { status } = await postForm(`${server.issuer}/token`, {
    grant_type: 'refresh_token',
    client_id: id,
    refresh_token: tokens.json['refresh_token'] ?? '',
  });
  expect(status).toBe(200);
});

test('a person can refuse the device', async () => {
  const { id } = await createTestClient(server, 'device');
  const { json } = await begin(id);
  const agent = createAgent(server.issuer);
  const confirm = await agent.submit(await agent.browse('/device'), 'device-continue', {
    user_code: json['user_code'] ?? '',
  });

  const page = await agent.submit(confirm, 'device-abort');

  expect(page.url).toContain('/device');
  expect(page.body).not.toContain('id="user-code"');
  expect((await poll(id, json['device_code'] ?? '')).json['error']).toBe('access_denied');
});

test('a wrong code is refused, kept in the field and counted', async () => {
  const agent = createAgent(server.issuer);
  const page = await agent.submit(await agent.browse('/device'), 'device-continue', {
    user_code: 'BCDF-GHJK',
  });

  expect(page.body).toContain('This code is not right');
  expect(page.body).toContain('BCDF-GHJK');
  expect(
    await server.services.db.auditEvent.count({ where: { type: 'device.code_refused' } }),
  ).toBe(1);
});

test('neither the device code nor the user code is at rest in clear', async () => {
  const { id } = await createTestClient(server, 'device');
  const { json } = await begin(id);
  const rows = JSON.stringify(
    await server.services.db.protocolState.findMany({ where: { clientId: id } }),
  );

  expect(rows).not.toContain(json['device_code']);
  expect(rows).not.toContain((json['user_code'] ?? '').replace('-', ''));
});
