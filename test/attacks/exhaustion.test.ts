// Attack 43: much of everything in one request: words, parameters, members, levels, cookies. It is refused or answered, soon.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestClient } from '../support/clients.ts';
import { basic } from '../support/http.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { signedIn } from '../support/victims.ts';

const SOON_MS = 3000;
const MANY = 10_000;
let server: TestServer;
let web: { id: string; secret: string };
let device: { id: string };
let idToken: string;

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' });
  await createPerson(server, ALICE);
  web = await createTestClient(server, 'web');
  device = await createTestClient(server, 'device');
  ({ idToken } = await signedIn(server));
}, 60_000);

afterAll(() => server.close());

const words = (most: number) => Array.from({ length: most }, (_, i) => `s${i}`).join(' ');
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const wide = (members: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: members }, (_, i) => [`m${i}`, i])));
const encoded = (text: string) => Buffer.from(text).toString('base64url');
/** Three parts, of which the first two are JSON; the signature is nobody's. */
const token = (header: string, payload: string) => `${encoded(header)}.${encoded(payload)}.AAAA`;
const HEADER = '{"alg":"ES256","typ":"JWT"}';

/** The statuses, and what took too long. */
async function answers(requests: [string, RequestInit][]) {
  const seen: [string, number][] = [];
  for (const [path, init] of requests) {
    const begun = performance.now();
    const answer = await fetch(server.issuer + path, { redirect: 'manual', ...init });
    await answer.arrayBuffer();
    const took = performance.now() - begun;
    seen.push([took > SOON_MS ? `${path.slice(0, 40)}: ${took} ms` : '', answer.status]);
  }
  return seen;
}

async function expectRefused(requests: [string, RequestInit][]) {
  const seen = await answers(requests);
  expect(seen.map(([late]) => late).filter(Boolean)).toEqual([]);
  for (const [, status] of seen) {
    expect(status).toBeGreaterThanOrEqual(200);
    expect(status).toBeLessThan(500);
  }
  expect(server.log.filter((line) => JSON.parse(line).level === 'error')).toEqual([]);
}

const post = (
  fields: Record<string, string> | string,
  headers: Record<string, string> = {},
): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams(fields),
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
});

const pushed = (): Record<string, string> => ({
  response_type: 'code',
  redirect_uri: 'https://app.example.com/callback',
  scope: 'openid',
  code_challenge: 'x'.repeat(43),
  code_challenge_method: 'S256',
});

test('attack 43: ten thousand scopes', async () => {
  const auth = basic(web.id, web.secret);
  for (const scope of [words(MANY), 'openid '.repeat(MANY), ' '.repeat(40_000)]) {
    await expectRefused([
      ['/token', post({ grant_type: 'client_credentials', scope }, auth)],
      ['/token', post({ grant_type: 'refresh_token', refresh_token: 'x', scope }, auth)],
      ['/par', post({ ...pushed(), scope }, auth)],
      ['/device_authorization', post({ client_id: device.id, scope })],
    ]);
  }
});

test('attack 43: ten thousand parameters, of one name and of as many', async () => {
  const auth = basic(web.id, web.secret);
  const one = 'resource=urn:x&'.repeat(4000);
  const many = Array.from({ length: MANY }, (_, i) => `p${i}=`).join('&');
  const prototypes = '__proto__[a]=1&constructor[prototype]=1&'.repeat(1000);
  for (const text of [one, many, prototypes]) {
    const body = `grant_type=client_credentials&${text}`;
    await expectRefused(
      [
        '/token',
        '/par',
        '/introspect',
        '/revoke',
        '/device_authorization',
        '/device',
        '/logout',
      ].map((path) => [path, post(body, auth)]),
    );
  }
  expect(Object.hasOwn(Object.prototype, 'a')).toBe(false);
});

test('attack 43: JSON that is deep or wide, wherever JSON is taken', async () => {
  const auth = basic(web.id, web.secret);
  const assertion = (payload: string, header = HEADER) => ({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: token(header, payload),
  });
  for (const json of [deep(8000), `[${'['.repeat(20_000)}`, wide(3000), deep(10)]) {
    await expectRefused([
      ['/par', post({ ...pushed(), claims: json }, auth)],
      ['/par', post({ ...pushed(), claims: `{"id_token":${json}}` }, auth)],
      ['/par', post({ ...pushed(), id_token_hint: token(HEADER, json) }, auth)],
      ['/token', post(assertion(json))],
      ['/token', post(assertion('{}', json))],
      ['/logout', post({ id_token_hint: token(HEADER, json) })],
      ['/introspect', post({ token: token(HEADER, json) }, auth)],
      ['/revoke', post({ token: token(json, '{}') }, auth)],
    ]);
  }
  const proof = token(`{"typ":"dpop+jwt","alg":"ES256","jwk":${deep(500)}}`, wide(100));
  await expectRefused([
    ['/token', post({ grant_type: 'client_credentials' }, { ...auth, dpop: proof })],
  ]);
});

test('attack 43: a token whose making would take long (p2c), or that unpacks to much (zip)', async () => {
  const auth = basic(web.id, web.secret);
  const headers = [
    '{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","p2c":2147483647,"p2s":"AAAAAAAAAAA"}',
    '{"alg":"dir","enc":"A256GCM","zip":"DEF"}',
    '{"alg":"ES256","crit":["b64"],"b64":false}',
    '{"alg":"RS256","jku":"https://evil.example/jwks","x5u":"https://evil.example/x"}',
  ];
  for (const header of headers) {
    const nested = `${encoded(header)}.${'A'.repeat(64)}.AAAA.${'A'.repeat(4000)}.AAAA`;
    for (const one of [nested, token(header, '{}')]) {
      await expectRefused([
        ['/logout', post({ id_token_hint: one })],
        ['/par', post({ ...pushed(), id_token_hint: one }, auth)],
        ['/introspect', post({ token: one }, auth)],
        ['/userinfo', { headers: { authorization: `Bearer ${one}` } }],
      ]);
    }
  }
});

test('attack 43: cookies, many and long, ours and others', async () => {
  const many = Array.from({ length: 700 }, (_, i) => `c${i}=${i}`).join('; ');
  const ours = ['session', 'session.sig', 'interaction', 'resume', 'csrf', 'locales', 'device'].map(
    (name) => `latchkey_${name}=${'%7B%22'.repeat(200)}`,
  );
  const cookies = [
    many,
    ours.join('; '),
    `a=${'x'.repeat(12_000)}`,
    '=;'.repeat(5000),
    'a'.repeat(9000),
  ];
  for (const cookie of cookies) {
    await expectRefused(
      ['/', '/device', '/recovery', '/logout', '/account', '/auth?client_id=x', '/jwks'].map(
        (path) => [path, { headers: { cookie, accept: 'text/html' } }],
      ),
    );
  }
  const tooMuch = await fetch(server.issuer, { headers: { cookie: 'x'.repeat(20_000) } });
  expect(tooMuch.status).toBe(431);
});

test('attack 43: wishes for languages and kinds of answer, in thousands', async () => {
  const languages = Array.from({ length: 2000 }, (_, i) => `x${i};q=0.${i}`)
    .join(',')
    .slice(0, 12_000);
  const kinds = 'text/html;q=0.1,*/*,'.repeat(600);
  await expectRefused([
    ['/', { headers: { 'accept-language': languages, accept: 'text/html' } }],
    ['/nowhere', { headers: { accept: kinds } }],
    [`/device?ui_locales=${'de+'.repeat(3000)}`, { headers: { accept: 'text/html' } }],
    ['/jwks', { headers: { 'if-none-match': `"${'x",W/"'.repeat(2000)}"` } }],
    [
      '/userinfo',
      { headers: { authorization: `Bearer ${idToken.slice(0, 20)}${'.'.repeat(9000)}` } },
    ],
  ]);
});
