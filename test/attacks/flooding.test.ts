// Attacks 43 and 47: what callers that are nobody can make the server keep is bounded, on every path that keeps anything.
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { createTestClient } from '../support/clients.ts';
import { basic, bearer } from '../support/http.ts';
import { startServer, type TestServer } from '../support/server.ts';

const MOST = 320;
let server: TestServer | undefined;

// Limits are remembered by the server that enforced them: each flood meets a fresh one.
beforeEach(async () => {
  await server?.close();
  server = await startServer({ DYNAMIC_REGISTRATION: 'on' });
});

afterAll(() => server?.close());

type Request = (i: number, clientId: string) => [string, RequestInit];

const form = (
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): RequestInit => ({ method: 'POST', body: new URLSearchParams(fields), headers });
const CHALLENGE = 'x'.repeat(43);

const FLOODS: Record<string, Request> = {
  'authorization requests': (i, client_id) => [
    `/auth?${new URLSearchParams({ client_id, redirect_uri: 'https://app.example.com/callback', response_type: 'code', scope: 'openid', code_challenge: CHALLENGE, code_challenge_method: 'S256', state: `${i}` }).toString()}`,
    {},
  ],
  'authorization requests of unknown clients': (i) => [`/auth?client_id=unknown${i}`, {}],
  'requests that resume nothing': (i) => [`/auth/${i}`, {}],
  'pushed requests': (_, client_id) => [
    '/par',
    form({
      client_id,
      redirect_uri: 'https://app.example.com/callback',
      response_type: 'code',
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
    }),
  ],
  'device codes': (i) => ['/device_authorization', form({ client_id: `unknown${i}` })],
  'device pages': () => ['/device', {}],
  'device pages without their bodies': () => ['/device', { method: 'HEAD' }],
  'device codes typed': (i) => ['/device/confirm', form({ user_code: `BCDF-${i}`, xsrf: 'x' })],
  'device forms': (i) => ['/device', form({ user_code: `BCDF-${i}`, xsrf: 'x' })],
  'device forms that resume nothing': (i) => [`/device/${i}`, {}],
  'logout pages': () => ['/logout', {}],
  'logout pages without their bodies': () => ['/logout', { method: 'HEAD' }],
  'logout forms': () => ['/logout/confirm', form({ xsrf: 'x', logout: 'yes' })],
  'token requests of clients that do not exist': (i) => [
    '/token',
    form({ grant_type: 'client_credentials' }, basic(`nobody${i}`, 'x')),
  ],
  'introspections by clients that do not exist': (i) => [
    '/introspect',
    form({ token: 'x' }, basic(`nobody${i}`, 'x')),
  ],
  'codes that do not exist': (i, client_id) => [
    '/token',
    form({
      grant_type: 'authorization_code',
      client_id,
      code: `${i}`,
      redirect_uri: 'https://app.example.com/callback',
    }),
  ],
  'access tokens that do not exist': (i) => ['/userinfo', { headers: bearer(`token${i}`) }],
  'registrations without a token': (i) => [
    '/register',
    {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json', ...bearer(`${i}`) },
    },
  ],
  'registrations that do not exist': (i) => [`/register/nobody${i}`, { headers: bearer(`${i}`) }],
  'sign-in forms that were forged': (i) => [
    `/interaction/${i}/login`,
    form({ login: `${i}`, password: 'x' }),
  ],
  'one-time links': (i) => [`/recovery/${i}`, {}],
  'setup links': (i) => [`/setup?token=${i}`, {}],
};

test.each(Object.entries(FLOODS))(
  'attack 43: a flood of %s meets 429 and leaves no more rows',
  async (_, make) => {
    if (!server) throw new Error('no server');
    const { db } = server.services;
    const { id } = await createTestClient(server, 'spa');
    const rows = async () =>
      (await db.auditEvent.count()) + (await db.protocolState.count()) + (await db.session.count());
    const send = async (i: number) => {
      const [path, init] = make(i, id);
      const answer = await fetch(`${server?.issuer}${path}`, { redirect: 'manual', ...init });
      await answer.arrayBuffer();
      return { status: answer.status, retryAfter: Number(answer.headers.get('retry-after')) };
    };

    for (let i = 0; i < MOST; i += 16)
      await Promise.all(Array.from({ length: 16 }, (__, j) => send(i + j)));
    const before = await rows();
    const after = await Promise.all(Array.from({ length: 20 }, (__, j) => send(MOST + j)));

    expect(new Set(after.map(({ status }) => status))).toEqual(new Set([429]));
    expect(after.every(({ retryAfter }) => retryAfter > 0)).toBe(true);
    expect((await rows()) - before).toBe(0);
  },
);

test('attack 43: who is refused often does not keep others of the address from what is right', async () => {
  if (!server) throw new Error('no server');
  const service = await createTestClient(server, 'service');
  const { issuer } = server;
  for (let i = 0; i < MOST; i += 16) {
    await Promise.all(
      Array.from({ length: 16 }, (__, j) =>
        fetch(
          `${issuer}/token`,
          form({ grant_type: 'client_credentials' }, basic(`nobody${i + j}`, 'x')),
        ),
      ),
    );
  }
  const answer = await fetch(
    `${issuer}/introspect`,
    form({ token: 'x' }, basic(service.id, service.secret)),
  );
  expect([answer.status, await answer.json()]).toEqual([200, { active: false }]);
});
