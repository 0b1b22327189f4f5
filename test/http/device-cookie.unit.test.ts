import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Middleware } from 'koa';
import { clientAddress } from '../../src/http/client-address.ts';
import { deviceMarks, rememberDevice } from '../../src/http/device-cookie.ts';
import { clockAt } from '../support/clock.ts';
import { type ListeningApp, listeningApp } from './listening-app.ts';

const clock = clockAt('2026-01-01T00:00:00Z');
const NAME = '__Host-latchkey_device';

/** Remembers the person in `as`, and answers the marks of the people in `of`. */
function app(deviceKey: Buffer, issuer = 'https://id.example') {
  const deps = { config: { issuer }, clock, deviceKey };
  const answer: Middleware = (ctx) => {
    const marks = deviceMarks(deps, ctx);
    const { as, of = '' } = ctx.query;
    if (typeof as === 'string') rememberDevice(deps, ctx, as);
    ctx.body = String(of)
      .split(',')
      .map((userId) => marks(userId) ?? null);
  };
  return listeningApp(clientAddress({ trustedProxies: [], issuerUrl: new URL(issuer) }), answer);
}

let served: ListeningApp;
let elsewhere: ListeningApp;
let plain: ListeningApp;

beforeAll(async () => {
  const key = randomBytes(32);
  served = await app(key);
  elsewhere = await app(randomBytes(32));
  plain = await app(key, 'http://localhost:3000');
});

beforeEach(() => clock.moveTo('2026-01-01T00:00:00Z'));

afterAll(() => Promise.all([served.close(), elsewhere.close(), plain.close()]));

/** The browser's cookie after somebody has signed in. */
async function remember(userId: string, cookie = '') {
  const { headers } = await served.ask({ path: `/?as=${userId}`, headers: { cookie } });
  return headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
}

async function marksOf(people: string[], cookie: string, at = served): Promise<unknown[]> {
  const path = `/?of=${people.join(',')}`;
  return JSON.parse((await at.ask({ path, headers: { cookie } })).text);
}

test('it is for this server alone, out of reach of scripts, for 400 days, and names nobody', async () => {
  const { headers } = await served.ask({ path: '/?as=alice' });
  expect(headers['set-cookie']).toEqual([
    expect.stringMatching(
      /^__Host-latchkey_device=[\w-]{22}\.\d+\.[\w-]{43}; path=\/; expires=[^;]+; samesite=lax; secure; httponly$/,
    ),
  ]);
  expect(headers['set-cookie']?.[0]).toContain('expires=');
  expect(headers['set-cookie']?.[0]).not.toContain('alice');
  const over = await plain.ask({ path: '/?as=alice' });
  expect(over.headers['set-cookie']?.[0]).toMatch(/^latchkey_device=/);
});

test('a browser has a mark for each person who signed in in it, and keeps it', async () => {
  const first = await remember('alice');
  const both = await remember('bob', first);
  const again = await remember('alice', both);
  const [alice, bob, carol] = await marksOf(['alice', 'bob', 'carol'], again);

  expect(await marksOf(['alice', 'bob', 'carol'], first)).toEqual([alice, null, null]);
  expect(await marksOf(['alice', 'bob'], both)).toEqual([alice, bob]);
  expect([alice, bob]).toEqual([
    expect.stringMatching(/^[\w-]{22}$/),
    expect.stringMatching(/^[\w-]{22}$/),
  ]);
  expect(alice).not.toBe(bob);
  expect(carol).toBeNull();
});

test('it holds five people, the latest', async () => {
  const people = ['a', 'b', 'c', 'd', 'e', 'f'];
  let cookie = '';
  for (const person of people) cookie = await remember(person, cookie);
  const [oldest, ...others] = await marksOf(people, cookie);
  expect(oldest).toBeNull();
  expect(others).not.toContain(null);
});

test('attack 28: what was made up, altered or made elsewhere is as good as none', async () => {
  const cookie = await remember('alice');
  const [mark = '', until = '', proof = ''] = cookie.slice(NAME.length + 1).split('.');
  const forged = [
    `${'A'.repeat(22)}.${until}.${proof}`,
    `${mark}.${Number(until) + 1}.${proof}`,
    `${mark}.${until}.${'A'.repeat(43)}`,
    `${mark}.${until}`,
    `${mark}.99999999999999999999.${proof}`,
    `${mark}..${proof}`,
    'x'.repeat(3000),
    '~~~~~~~~',
  ];
  for (const value of forged) expect(await marksOf(['alice'], `${NAME}=${value}`)).toEqual([null]);
  expect(await marksOf(['alice'], cookie, elsewhere)).toEqual([null]);
  expect(await marksOf(['alice'], cookie)).toEqual([mark]);
});

test('it ends with its time, whatever the browser keeps', async () => {
  const cookie = await remember('alice');
  clock.advance(400 * 86_400 - 1);
  expect(await marksOf(['alice'], cookie)).not.toEqual([null]);
  clock.advance(1);
  expect(await marksOf(['alice'], cookie)).toEqual([null]);
});
