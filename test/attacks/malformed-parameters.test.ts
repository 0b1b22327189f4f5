// Attack 43, and the promise behind all others: nothing that a caller can send is answered with a 5xx. Every parameter
// of every endpoint is mangled in every way, one at a time, in a request that is otherwise right and so gets far.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { issueLink } from '../../src/identity/one-time-links/one-time-links.ts';
import { type Agent, createAgent, formOf } from '../support/agent.ts';
import { createOrdersApi, createTestClient, READS_ORDERS } from '../support/clients.ts';
import { basic, bearer, postForm } from '../support/http.ts';
import { failures, type Form, inBody, inQuery, type Sent } from '../support/mangling.ts';
import { authorizationRequest, CALLBACK } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { signedIn } from '../support/victims.ts';

let server: TestServer;
let victim: Awaited<ReturnType<typeof signedIn>>;
let service: { id: string; secret: string };
let device: { id: string };

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' });
  await createPerson(server, ALICE);
  await createOrdersApi(server);
  victim = await signedIn(server, {
    type: 'web',
    client: { requirePkce: false, postLogoutRedirectUris: [CALLBACK] },
  });
  service = await createTestClient(server, 'service', READS_ORDERS);
  device = await createTestClient(server, 'device');
}, 60_000);

afterAll(() => server.close());

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
  expect(await failures(server.issuer, anonymous)).toEqual([]);
}, 120_000);

test('attack 43: the authorization endpoint, for a browser that is signed in', async () => {
  const cookie = victim.agent.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const requests = withExtras(authorization(), EXTRAS, (form) =>
    inQuery('/auth', form, { cookie, accept: 'text/html' }),
  );
  expect(await failures(server.issuer, requests)).toEqual([]);
}, 120_000);

test('attack 43: pushed requests', async () => {
  const { client_id: _, ...form } = authorization();
  const auth = basic(victim.id, victim.secret);
  expect(
    await failures(
      server.issuer,
      withExtras(form, EXTRAS, (one) => inBody('/par', one, auth)),
    ),
  ).toEqual([]);
}, 120_000);

test('attack 43: what was pushed with a NUL, when it is used', async () => {
  const auth = basic(victim.id, victim.secret);
  for (const name of ['state', 'nonce', 'login_hint', 'acr_values']) {
    const form = { ...authorization(), [name]: 'a\0b' };
    const { json } = await postForm(`${server.issuer}/par`, form, auth);
    const query = new URLSearchParams({
      client_id: victim.id,
      request_uri: json['request_uri'] ?? '',
    });
    const request = { what: name, method: 'GET', url: `/auth?${query.toString()}` };
    expect(await failures(server.issuer, [request])).toEqual([]);
  }
});

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
    expect(await failures(server.issuer, inBody('/token', form, headers))).toEqual([]);
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
  expect(await failures(server.issuer, requests)).toEqual([]);
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
  expect(
    await failures(
      server.issuer,
      login.filter(({ what }) => !what.startsWith('password')),
    ),
  ).toEqual([]);
  const consent = await midway(createAgent(server.issuer), {
    scope: 'openid',
    decision: 'nonsense',
  });
  expect(await failures(server.issuer, consent)).toEqual([]);
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
  expect(await failures(server.issuer, requests)).toEqual([]);
}, 120_000);

test('attack 43: the pages of mailed links', async () => {
  const user = await createPerson(server, { ...ALICE, login: 'mailed' });
  const person = { userId: user.id, email: 'mailed@example.com', seconds: 3600 };
  const link = { ...person, purpose: 'reset-password' } as const;
  const { token } = await issueLink(server.services.db, server.services, link);
  const page = await createAgent(server.issuer).open(`/recovery/${token}`);
  const cookie = page.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  const more = { cookie, origin: server.issuer };
  const requests = [
    ...inQuery('/recovery', { interaction: 'x' }),
    ...inBody('/recovery', { csrf, login: '' }, more),
    ...inBody(`/recovery/${token}`, { csrf, password: 'short', passwordAgain: 'short' }, more),
    ...inBody('/verify-email/x', { csrf }, more),
  ];
  expect(await failures(server.issuer, requests)).toEqual([]);
}, 120_000);
