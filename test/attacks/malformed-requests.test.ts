// Attack 43, and the promise behind all others: nothing that a caller can send is answered with a 5xx. Here: methods,
// paths, headers, bodies and registrations as they should not be. (Parameters: malformed-parameters.test.ts.)
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRegistrationToken } from '../../src/protocol/clients/registration-tokens.ts';
import { createTestClient } from '../support/clients.ts';
import { bearer } from '../support/http.ts';
import { failures, type Sent } from '../support/mangling.ts';
import { sendRaw, statusesOf } from '../support/raw-http.ts';
import { CALLBACK } from '../support/relying-party.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let clientId: string;
let initialToken: string;

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true', DYNAMIC_REGISTRATION: 'on' });
  clientId = (await createTestClient(server, 'spa')).id;
  const expiresAt = new Date(Date.now() + 600_000);
  initialToken = (await createRegistrationToken(server.services, { expiresAt }, { type: 'system' }))
    .token;
}, 60_000);

afterAll(() => server.close());

const PATHS = [
  '/',
  '/auth',
  '/auth/x',
  '/token',
  '/userinfo',
  '/introspect',
  '/revoke',
  '/par',
  '/device_authorization',
  '/device',
  '/device/x',
  '/logout',
  '/logout/confirm',
  '/logout/success',
  '/register',
  '/register/x',
  '/jwks',
  '/interaction/x',
  '/interaction/x/login',
  '/interaction/x/consent',
  '/interaction/x/cancellation',
  '/setup',
  '/recovery',
  '/recovery/x',
  '/verify-email/x',
  '/assets/x',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/.well-known/x',
  '/livez',
  '/readyz',
  '/playground',
  '/nowhere',
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

test('attack 43: every path, with every method and body', async () => {
  const bodies: [string, string][] = [
    ['application/x-www-form-urlencoded', '%zz=%'],
    ['application/x-www-form-urlencoded', 'a=1&'.repeat(10_000)],
    ['application/x-www-form-urlencoded', `a=${'x'.repeat(100_000)}`],
    ['application/json', '{"a":'],
    ['application/json', 'null'],
    ['text/plain', 'grant_type=client_credentials'],
    ['multipart/form-data; boundary=x', '--x\r\n'],
    ['application/x-www-form-urlencoded; charset=utf-7', 'a=b'],
    ['application/x-www-form-urlencoded; charset="', 'a=b'],
    ['nonsense', 'a'],
  ];
  const requests = PATHS.flatMap((url) =>
    METHODS.flatMap((method): Sent[] => {
      const bare = { what: 'bare', method, url };
      if (['GET', 'HEAD'].includes(method))
        return [bare, { ...bare, what: 'html', headers: { accept: 'text/html' } }];
      return [
        bare,
        ...bodies.map(([type, body]) => ({
          what: type,
          method,
          url,
          body,
          headers: { 'content-type': type },
        })),
      ];
    }),
  );
  expect(await failures(server.issuer, requests)).toEqual([]);
}, 120_000);

test('attack 43: every path, with mangled paths and headers', async () => {
  const tails = [
    '/%00',
    '/%zz',
    '/%ff',
    '/..%2f..%2fetc',
    '/%2e%2e/',
    '//',
    ';/',
    '?%00',
    '?%zz=%zz',
    `?${'a=1&'.repeat(2000)}`,
    '?a[b][c]=1&a=2',
  ];
  const headers: Record<string, string>[] = [
    { cookie: 'latchkey_session=; latchkey_session.sig=x; ;;=;\u00ff' },
    { cookie: `latchkey_session=${'x'.repeat(12_000)}` },
    { cookie: 'latchkey_csrf=%00%zz; latchkey_interaction=__proto__; latchkey_resume=%' },
    { authorization: 'Basic' },
    { authorization: 'Basic ====' },
    { authorization: `Basic ${Buffer.from('%00:%zz').toString('base64')}` },
    { authorization: `Basic ${Buffer.from('\0:\0').toString('base64')}` },
    { authorization: 'Bearer' },
    { authorization: 'Bearer a b' },
    { authorization: `Bearer ${'x'.repeat(6000)}` },
    { authorization: 'DPoP x', dpop: 'x.y.z' },
    { authorization: 'Negotiate \u00ff' },
    { dpop: 'eyJhbGciOiJFUzI1NiIsImp3ayI6e30sInR5cCI6ImRwb3Arand0In0.e30.AA' },
    { origin: 'null' },
    { origin: '\u00ff://' },
    { accept: ';;;,,,' },
    { accept: 'text/html;q=x' },
    { 'if-none-match': '\u00ff"' },
    { 'user-agent': '\u0080\u00ff' },
    {
      'x-forwarded-for': ',,,',
      'x-forwarded-proto': 'javascript',
      'x-forwarded-host': 'evil.example',
      forwarded: ';;',
    },
    { 'x-http-method-override': 'DELETE' },
    { 'content-encoding': 'gzip' },
    { 'accept-language': '\u00ff;q=' },
  ];
  const requests = PATHS.flatMap((url): Sent[] => [
    ...tails.map((tail) => ({ what: 'path', method: 'GET', url: `${url}${tail}` })),
    ...headers.map((one) => ({ what: JSON.stringify(one), method: 'GET', url, headers: one })),
    ...headers.map((one) => ({
      what: JSON.stringify(one),
      method: 'POST',
      url,
      headers: one,
      body: `client_id=${clientId}&token=x`,
    })),
  ]);
  expect(await failures(server.issuer, requests)).toEqual([]);
}, 120_000);

const ODD = [
  null,
  true,
  0,
  -1,
  1e308,
  '',
  'a\0b',
  '\ud800',
  ' ',
  [],
  [[]],
  [null],
  [{}],
  ['\ud800'],
  {},
  { a: { b: 1 } },
  ['\0'],
  'x'.repeat(30_000),
  'javascript:x',
];
const MEMBERS = [
  'client_name',
  'redirect_uris',
  'grant_types',
  'response_types',
  'token_endpoint_auth_method',
  'scope',
  'jwks',
  'jwks_uri',
  'contacts',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'client_uri',
  'application_type',
  'subject_type',
  'sector_identifier_uri',
  'default_max_age',
  'default_acr_values',
  'require_auth_time',
  'initiate_login_uri',
  'id_token_signed_response_alg',
  'post_logout_redirect_uris',
  'backchannel_logout_uri',
  'backchannel_logout_session_required',
  'dpop_bound_access_tokens',
  'request_object_signing_alg',
  'userinfo_signed_response_alg',
  'software_statement',
  'client_id',
  'client_secret',
  '__proto__',
  'constructor',
  'first_party',
];

test('attack 43: registrations of every odd type, deep and damaged', async () => {
  const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
  const texts = [
    '',
    '{',
    '[]',
    'null',
    '"x"',
    '1',
    deep,
    `[${deep}]`,
    '{"__proto__":{"a":1}}',
    '\u0000',
    '{"client_name":"\\ud800"}',
    '{"client_name":"\\u0000"}',
    ...MEMBERS.flatMap((member) =>
      ODD.map((odd) => `{"redirect_uris":["${CALLBACK}"],"${member}":${JSON.stringify(odd)}}`),
    ),
  ];
  const headers = { 'content-type': 'application/json', ...bearer(initialToken) };
  const requests = texts.map((body) => ({
    what: body.slice(0, 90),
    method: 'POST',
    url: '/register',
    body,
    headers,
  }));
  expect(await failures(server.issuer, requests)).toEqual([]);
}, 120_000);

test('attack 43: bodies that end early, lie about their length or are no HTTP', async () => {
  const { host } = new URL(server.issuer);
  const head = `POST /token HTTP/1.1\nHost: ${host}\nConnection: close\nContent-Type: application/x-www-form-urlencoded\n`;
  const raws = [
    `${head}Content-Length: 100\n\ngrant_type=`,
    `${head}Content-Length: 3\n\ngrant_type=client_credentials`,
    `${head}Content-Length: -1\n\n`,
    `${head}Content-Length: 99999999999999999999\n\nx`,
    `${head}Transfer-Encoding: chunked\n\nzz\n`,
    `${head}Transfer-Encoding: chunked\n\nffffffffffffffffff\nx`,
    `${head}Transfer-Encoding: gzip, chunked\n\n1\nx\n0\n\n`,
    `${head}Expect: nonsense\nContent-Length: 1\n\nx`,
    `GET /auth HTTP/9.9\nHost: ${host}\n\n`,
    `GET /auth\n\n`,
    `\u0000\u0001\n\n`,
    `GET /auth HTTP/1.1\nHost: ${host}\nCookie: ${'x'.repeat(20_000)}\n\n`,
    `GET /auth HTTP/1.1\nHost: ${host}\nX: a\u0000b\n\n`,
    `GET /auth?${'a=1&'.repeat(10_000)} HTTP/1.1\nHost: ${host}\n\n`,
  ];
  for (const raw of raws) {
    await sendRaw(server.issuer, raw, { half: true });
    const statuses = statusesOf(await sendRaw(server.issuer, raw));
    expect([raw.slice(0, 200), statuses.filter((status) => status >= 500)]).toEqual([
      raw.slice(0, 200),
      [],
    ]);
  }
  expect(server.log.filter((line) => JSON.parse(line).level === 'error')).toEqual([]);
}, 120_000);
