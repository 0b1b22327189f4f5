// Attack 22, through the setup form; sign-in and consent are guarded by the same two functions.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startServer, type TestServer } from '../support/server.ts';
import { type Answered, ask } from './listening-app.ts';

let server: TestServer;
let mine: { cookie: string; token: string };

beforeAll(async () => {
  server = await startServer();
  mine = await openForm();
});

afterAll(() => server.close());

const port = () => Number(new URL(server.issuer).port);
const host = () => new URL(server.issuer).host;

async function openForm(cookie = '') {
  const { pathname, search } = new URL(server.setupUrl ?? '');
  const page = await ask(port(), { path: pathname + search, headers: { host: host(), cookie } });
  const token = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  return { cookie: cookieIn(page) ?? cookie, token, page };
}

const cookieIn = ({ headers }: Answered) => headers['set-cookie']?.[0]?.split(';', 1)[0];

/** The passwords differ, so that even an accepted form changes nothing. */
async function send(
  { cookie, token }: { cookie: string; token?: string },
  headers: Record<string, string> = {},
) {
  const { pathname, search } = new URL(server.setupUrl ?? '');
  const fields = { login: 'root', email: 'root@example.com', password: 'a', passwordAgain: 'b' };
  const { status } = await ask(port(), {
    method: 'POST',
    path: pathname + search,
    headers: {
      host: host(),
      cookie,
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    },
    body: new URLSearchParams({ ...fields, ...(token && { csrf: token }) }).toString(),
  });
  return status;
}

test('a form of ours is accepted, from browsers that say where it came from and from those that do not', async () => {
  expect(await send(mine)).toBe(422);
  expect(await send(mine, { origin: server.issuer, 'sec-fetch-site': 'same-origin' })).toBe(422);
});

test('the cookie is for our server alone, and pages share it', async () => {
  const { page } = await openForm();
  expect(page.headers['set-cookie']?.[0]).toMatch(
    /^latchkey_csrf=[\w-]{43}; path=\/; samesite=lax; httponly$/,
  );
  const again = await openForm(mine.cookie);
  expect(again.page.headers).not.toHaveProperty('set-cookie');
  expect(await send(again)).toBe(422);
});

test('attack 22: a form without the token, or with another browser’s, is refused', async () => {
  const theirs = await openForm();
  expect(theirs.token).not.toBe(mine.token);
  expect(await send({ cookie: mine.cookie })).toBe(403);
  expect(await send({ cookie: mine.cookie, token: theirs.token })).toBe(403);
  expect(await send({ cookie: '', token: mine.token })).toBe(403);
  expect(await send({ cookie: mine.cookie, token: `${mine.token}a` })).toBe(403);
  expect(await send({ cookie: 'latchkey_csrf=', token: '' })).toBe(403);
});

test.each([
  ['another origin', { origin: 'https://evil.example' }],
  ['no origin that is known', { origin: 'null' }],
  ['another port', { origin: 'http://127.0.0.1:1' }],
  ['another site', { 'sec-fetch-site': 'cross-site' }],
  ['a neighbour', { 'sec-fetch-site': 'same-site' }],
])('attack 22: even the right token is refused from %s', async (_, headers) => {
  expect(await send(mine, headers)).toBe(403);
});

test('a refused form is on the audit log, until there are so many that the limit answers', async () => {
  const count = () => server.services.db.auditEvent.count({ where: { type: 'request.forged' } });
  const before = await count();
  const statuses: number[] = [];
  for (let i = 0; i < 40; i++) statuses.push(await send({ cookie: '' }));

  expect(statuses.slice(0, 3)).toEqual([403, 403, 403]);
  expect(statuses.at(-1)).toBe(429);
  expect(await count()).toBe(30);
  expect(await count()).toBeGreaterThan(before);
  const event = await server.services.db.auditEvent.findFirst({
    where: { type: 'request.forged' },
  });
  expect(event).toMatchObject({ outcome: 'refused', actorType: 'anonymous', address: '127.0.0.1' });
});
