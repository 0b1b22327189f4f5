// Attack 43, and the promise behind all others: nothing that a caller can send is answered with a 5xx. Every parameter
// of every endpoint is mangled in every way, one at a time, in a request that is otherwise right and so gets far.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRegistrationToken } from '../../src/protocol/clients/registration-tokens.ts';
import { type Agent, createAgent, formOf } from '../support/agent.ts';
import { createOrdersApi, createTestClient, READS_ORDERS } from '../support/clients.ts';
import { basic, bearer } from '../support/http.ts';
import { sendRaw, statusesOf } from '../support/raw-http.ts';
import { authorizationRequest, CALLBACK } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { signedIn } from '../support/victims.ts';

let server: TestServer;
let victim: Awaited<ReturnType<typeof signedIn>>;
let service: { id: string; secret: string };
let device: { id: string };
let initialToken: string;

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true', DYNAMIC_REGISTRATION: 'on' });
  await createPerson(server, ALICE);
  await createOrdersApi(server);
  victim = await signedIn(server, {
    type: 'web',
    client: { requirePkce: false, postLogoutRedirectUris: [CALLBACK] },
  });
  service = await createTestClient(server, 'service', READS_ORDERS);
  device = await createTestClient(server, 'device');
  const expiresAt = new Date(Date.now() + 600_000);
  initialToken = (await createRegistrationToken(server.services, { expiresAt }, { type: 'system' }))
    .token;
}, 60_000);

afterAll(() => server.close());

// Already percent-encoded, as they go over the wire.
const MANGLED: Record<string, string> = {
  empty: '',
  nul: 'a%00b',
  'a NUL alone': '%00',
  'bad percent-encoding': '%zz%',
  'a lone surrogate': '%ED%A0%80',
  'overlong UTF-8': '%C0%80%C0%AF',
  'line breaks': 'a%0D%0ASet-Cookie:%20a=b',
  'escape sequences': '%1B%5B2J',
  'bidi and astral characters': '%E2%80%AE%F0%9F%98%80',
  'a negative number': '-1',
  'a huge number': '9'.repeat(400),
  'not a number': 'NaN',
  JSON: '%7B%22a%22%3A%5B%5D%7D',
  'a path': '..%2F..%2Fetc%2Fpasswd',
  SQL: '%27%20OR%201%3D1%3B--',
  'an object’s innards': '__proto__',
  'six thousand characters': 'x'.repeat(6000),
  'many words': 'openid+'.repeat(800),
  'a token without content': '..',
  'an unsigned token': 'eyJhbGciOiJub25lIn0.e30.',
  'a token that holds a list': `eyJhbGciOiJFUzI1NiJ9.${Buffer.from('[]').toString('base64url')}.AAAA`,
  'a token that holds odd claims': `eyJhbGciOiJFUzI1NiJ9.${Buffer.from('{"iss":{},"sub":[],"aud":{"a":1},"exp":"x","jti":7}').toString('base64url')}.AAAA`,
  'an encrypted token': 'eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AA.AA.AA.AA',
};

type Form = Record<string, string>;

interface Sent {
  what: string;
  method: string;
  url: string;
  body?: string;
  headers?: Record<string, string>;
}

/** What was answered with a 5xx, or not at all. */
async function failures(requests: Sent[]): Promise<string[]> {
  const failed: string[] = [];
  for (const { what, method, url, body, headers = {} } of requests) {
    const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const status = await fetch(`${server.issuer}${url}`, {
      method,
      redirect: 'manual',
      headers: { ...type, ...headers },
      ...(body !== undefined && { body }),
    }).then(
      async (answer) => {
        await answer.arrayBuffer();
        return answer.status;
      },
      (error: Error) => 600 + error.message.length,
    );
    if (status >= 500) failed.push(`${status} ${method} ${url.slice(0, 60)} ${what.slice(0, 90)}`);
  }
  return failed;
}

const encoded = (form: Form, mangled?: [string, string]) =>
  [
    ...Object.entries(form).map(([name, value]) => [name, encodeURIComponent(value)]),
    ...(mangled ? [mangled] : []),
  ]
    .map(([name, value]) => `${name}=${value}`)
    .join('&');

/** Each parameter mangled in each way, left out, given twice, and as the member of an object. */
function variants(form: Form): { what: string; text: string }[] {
  return Object.keys(form).flatMap((name) => {
    const { [name]: value = '', ...rest } = form;
    return [
      ...Object.entries(MANGLED).map(([way, text]) => ({
        what: `${name}: ${way}`,
        text: encoded(rest, [name, text]),
      })),
      { what: `${name}: missing`, text: encoded(rest) },
      { what: `${name}: twice`, text: encoded(form, [name, encodeURIComponent(value)]) },
      { what: `${name}: as an object`, text: encoded(rest, [`${name}[a][__proto__]`, '1']) },
      { what: `${name}: as a name`, text: encoded(rest, [`${name}%00%ff`, '1']) },
    ];
  });
}

const inQuery = (path: string, form: Form, headers?: Record<string, string>): Sent[] =>
  variants(form).map(({ what, text }) => ({
    what,
    method: 'GET',
    url: `${path}?${text}`,
    ...(headers && { headers }),
  }));

const inBody = (url: string, form: Form, headers?: Record<string, string>): Sent[] =>
  variants(form).map(({ what, text }) => ({
    what,
    method: 'POST',
    url,
    body: text,
    ...(headers && { headers }),
  }));

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const authorization = (): Form => ({
  client_id: victim.id,
  redirect_uri: CALLBACK,
  response_type: 'code',
  scope: 'openid',
  state: 's',
  nonce: 'n',
  code_challenge: 'x'.repeat(43),
  code_challenge_method: 'S256',
});

const EXTRAS = {
  prompt: 'login',
  max_age: '1',
  login_hint: 'a',
  ui_locales: 'en',
  acr_values: 'a',
  response_mode: 'query',
  display: 'page',
  resource: 'urn:example:orders',
  claims: '{}',
  request: 'x.y.z',
  request_uri: 'urn:ietf:params:oauth:request_uri:x',
  id_token_hint: 'x.y.z',
  dpop_jkt: 'x'.repeat(43),
  registration: '{}',
};

/** Each of the further parameters beside those of the form, one at a time. */
const withExtras = (form: Form, extras: Form, send: (form: Form) => Sent[]) => [
  ...send(form),
  ...Object.entries(extras).flatMap(([name, value]) =>
    send({ ...form, [name]: value }).filter(({ what }) => what.startsWith(`${name}:`)),
  ),
];

test('attack 43: the authorization endpoint', async () => {
  const anonymous = withExtras(authorization(), EXTRAS, (form) => inQuery('/auth', form));
  expect(await failures(anonymous)).toEqual([]);
}, 120_000);

test('attack 43: the authorization endpoint, for a browser that is signed in', async () => {
  const cookie = victim.agent.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const requests = withExtras(authorization(), EXTRAS, (form) =>
    inQuery('/auth', form, { cookie, accept: 'text/html' }),
  );
  expect(await failures(requests)).toEqual([]);
}, 120_000);

test('attack 43: pushed requests', async () => {
  const { client_id: _, ...form } = authorization();
  const auth = basic(victim.id, victim.secret);
  expect(await failures(withExtras(form, EXTRAS, (one) => inBody('/par', one, auth)))).toEqual([]);
}, 120_000);

test('attack 43: the token endpoint, every grant', async () => {
  const auth = basic(victim.id, victim.secret);
  const grants: [Form, Record<string, string>][] = [
    [
      {
        grant_type: 'authorization_code',
        code: 'x',
        redirect_uri: CALLBACK,
        code_verifier: 'y'.repeat(43),
      },
      auth,
    ],
    [
      {
        grant_type: 'refresh_token',
        refresh_token: victim.refreshToken,
        scope: 'openid',
        resource: 'urn:x',
      },
      auth,
    ],
    [
      { grant_type: 'client_credentials', scope: 'orders:read', resource: 'urn:example:orders' },
      basic(service.id, service.secret),
    ],
    [
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: 'x',
        client_id: device.id,
      },
      {},
    ],
    [{ grant_type: 'client_credentials', client_id: service.id, client_secret: 'wrong' }, {}],
    [
      {
        grant_type: 'client_credentials',
        client_assertion: 'x.y.z',
        client_assertion_type: ASSERTION_TYPE,
      },
      {},
    ],
  ];
  for (const [form, headers] of grants)
    expect(await failures(inBody('/token', form, headers))).toEqual([]);
}, 120_000);

test('attack 43: introspection, revocation, userinfo, device authorization, logout', async () => {
  const auth = basic(victim.id, victim.secret);
  const cookie = victim.agent.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const logout = {
    id_token_hint: victim.idToken,
    client_id: victim.id,
    post_logout_redirect_uri: CALLBACK,
    state: 's',
    logout_hint: 'x',
  };
  const requests = [
    ...inBody('/introspect', { token: 'x', token_type_hint: 'access_token' }, auth),
    ...inBody('/revoke', { token: 'x', token_type_hint: 'refresh_token' }, auth),
    ...inBody('/userinfo', { access_token: victim.accessToken, scope: 'openid' }),
    ...inQuery('/userinfo', { access_token: 'x' }, bearer(victim.accessToken)),
    ...inBody('/device_authorization', {
      client_id: device.id,
      scope: 'openid',
      resource: 'urn:x',
      claims: '{}',
    }),
    ...inQuery('/device', { user_code: 'BCDF-GHJK' }, { cookie }),
    ...inBody(
      '/device',
      { xsrf: 'x', user_code: 'BCDF-GHJK', confirm: 'yes', abort: 'yes' },
      { cookie },
    ),
    ...inQuery('/logout', logout),
    ...inQuery('/logout', logout, { cookie, accept: 'text/html' }),
    ...inBody('/logout', logout),
    ...inBody('/logout/confirm', { xsrf: 'x', logout: 'yes' }, { cookie }),
    ...inQuery('/logout/success', { client_id: victim.id }),
  ];
  expect(await failures(requests)).toEqual([]);
}, 120_000);

/** The forms of our own pages, with a right forgery token, in a browser that is in the middle of signing in. */
async function midway(agent: Agent, submit: Form) {
  const { url } = await authorizationRequest(victim.party, { prompt: 'login' });
  let page = await agent.browse(url.href);
  if ('decision' in submit) {
    const other = await createTestClient(server, 'spa');
    const request = await authorizationRequest(victim.party, { client_id: other.id });
    page = await agent.submit(await agent.browse(request.url.href), 'login-submit', { ...ALICE });
  }
  const { action, fields } = formOf(
    page.body,
    'decision' in submit ? 'consent-allow' : 'login-submit',
  );
  const cookie = agent.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  return inBody(
    new URL(action, server.issuer).pathname,
    { ...(fields as Form), ...submit },
    { cookie, accept: 'text/html' },
  );
}

test('attack 43: the sign-in and consent forms', async () => {
  const login = await midway(createAgent(server.issuer), { login: 'nobody' });
  expect(await failures(login.filter(({ what }) => !what.startsWith('password')))).toEqual([]);
  const consent = await midway(createAgent(server.issuer), {
    scope: 'openid',
    decision: 'nonsense',
  });
  expect(await failures(consent)).toEqual([]);
}, 120_000);

test('attack 43: the setup page', async () => {
  const { searchParams } = new URL(server.setupUrl ?? '');
  const token = searchParams.get('token') ?? '';
  const page = await createAgent(server.issuer).open(`/setup?token=${token}`);
  const cookie = page.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  const form = {
    csrf,
    login: 'root',
    email: 'root@example.com',
    name: 'Root',
    password: 'short',
    passwordAgain: 'short',
  };
  const requests = [
    ...inQuery('/setup', { token }),
    ...inBody(`/setup?token=${token}`, form, { cookie, origin: server.issuer }),
  ];
  expect(await failures(requests)).toEqual([]);
}, 120_000);

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
  expect(await failures(requests)).toEqual([]);
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
      body: `client_id=${victim.id}&token=x`,
    })),
  ]);
  expect(await failures(requests)).toEqual([]);
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
    ...[
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
    ],
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
  expect(await failures(requests)).toEqual([]);
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
