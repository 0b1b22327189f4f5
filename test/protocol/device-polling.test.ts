// How a device is answered while it waits, and after (RFC 8628 §3.2, §3.5; attack 48).
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAgent } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { postForm } from '../support/http.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const clock = clockAhead();
let server: TestServer;

beforeAll(async () => {
  server = await startServer({}, { clock });
  await createPerson(server, ALICE);
});

afterAll(() => server.close());

/** A device that shows its code. */
async function device() {
  const { id } = await createTestClient(server, 'device');
  const begun = { client_id: id, scope: 'openid' };
  const { json } = await postForm(`${server.issuer}/device_authorization`, begun);
  const form = { grant_type: DEVICE_GRANT, client_id: id, device_code: json['device_code'] ?? '' };
  const poll = async (more: Record<string, string> = {}) => {
    const answer = await postForm(`${server.issuer}/token`, { ...form, ...more });
    return [answer.status, answer.json['error']];
  };
  return { id, json, poll, userCode: json['user_code'] ?? '' };
}

async function approve(user_code: string) {
  const agent = createAgent(server.issuer);
  let page = await agent.submit(await agent.browse('/device'), 'device-continue', { user_code });
  page = await agent.submit(page, 'device-confirm');
  page = await agent.submit(page, 'login-submit', { ...ALICE });
  await agent.submit(page, 'consent-allow');
}

const polls = () => server.services.db.protocolState.count({ where: { model: 'DevicePoll' } });

const PENDING = [400, 'authorization_pending'];
const SLOW_DOWN = [400, 'slow_down'];

test('the device is told how often it may ask', async () => {
  expect((await device()).json).toMatchObject({ interval: 5, expires_in: 600 });
});

test('a device that keeps to its interval is told to go on waiting', async () => {
  const { poll } = await device();
  for (let count = 0; count < 4; count++) {
    expect(await poll()).toEqual(PENDING);
    clock.advance(5);
  }
});

test('attack 48: one that asks sooner is told to slow down, and has to wait longer each time', async () => {
  const { poll } = await device();
  expect(await poll()).toEqual(PENDING);
  clock.advance(4);
  expect(await poll()).toEqual(SLOW_DOWN);
  clock.advance(8);
  expect(await poll()).toEqual(SLOW_DOWN);
  clock.advance(15);
  expect(await poll()).toEqual(PENDING);
  clock.advance(10);
  expect(await poll()).toEqual(SLOW_DOWN);
});

test('attack 48: of polls in parallel one is answered, the others are told to slow down', async () => {
  const { poll } = await device();
  for (let round = 0; round < 2; round++) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => poll()));
    expect(answers.filter(([, error]) => error === 'authorization_pending')).toHaveLength(1);
    expect(answers.filter(([, error]) => error === 'slow_down')).toHaveLength(9);
    clock.advance(600);
  }
});

test('one device is not slowed down by another, nor by a client that is not its own', async () => {
  const [television, other] = [await device(), await device()];
  expect(await other.poll()).toEqual(PENDING);
  expect(await television.poll({ client_id: other.id })).toEqual([400, 'invalid_grant']);
  expect(await television.poll()).toEqual(PENDING);
});

test('what the person answered is given at once, and costs no row', async () => {
  const [patient, hasty] = [await device(), await device()];
  const before = await polls();
  await approve(patient.userCode);
  expect(await patient.poll()).toEqual([200, undefined]);
  expect(await polls()).toBe(before);

  await hasty.poll();
  expect(await hasty.poll()).toEqual(SLOW_DOWN);
  await approve(hasty.userCode);
  expect(await hasty.poll()).toEqual([200, undefined]);
});

test.each([
  ['approved', approve],
  ['still waited for', async () => undefined],
])(
  'a code that expired while it was %s says so, however fast it is asked, and gives no tokens',
  async (_, answer) => {
    const { id, poll, userCode } = await device();
    await answer(userCode);
    await server.services.db.protocolState.updateMany({
      where: { clientId: id, model: 'DeviceCode' },
      data: { expiresAt: new Date(Date.now() - 1000) },
    });
    const before = await polls();

    for (let count = 0; count < 2; count++) expect(await poll()).toEqual([400, 'expired_token']);

    const tokens = { clientId: id, model: { in: ['AccessToken', 'RefreshToken'] } };
    expect(await server.services.db.protocolState.count({ where: tokens })).toBe(0);
    expect(await polls()).toBe(before);
  },
);
