// Attack 35: markup and scripts in everything that a page repeats.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createApi } from '../../src/authorization/apis/apis.ts';
import { createUser } from '../../src/identity/users/users.ts';
import { createAgent, locationOf, type Page } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { CALLBACK, authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const EVIL = `"'><script>alert(1)</script><img src=x onerror=alert(2)>\`\${7*7}<%= 7*7 %>&lt;`;
const NASTY = {
  name: EVIL,
  logoUri: `https://app.example.com/l.png?x="onerror="alert(1)`,
  policyUri: `https://app.example.com/p?'><script>`,
  tosUri: 'https://app.example.com/t#"><script>',
};
const GRACE = { login: 'grace', password: 'another battery staple horse' };
const API = 'urn:example:evil';
let server: TestServer;

beforeAll(async () => {
  server = await startServer();
  await createPerson(server, ALICE);
  await createUser(server.services, { ...GRACE, name: EVIL.slice(0, 60) }, { type: 'system' });
  const permissions = [{ name: 'evil:read', description: EVIL }];
  await createApi(
    server.services,
    { identifier: API, name: EVIL, permissions },
    { type: 'system' },
  );
});

afterAll(() => server.close());

/** Nothing of what was put in is markup, and the policy would stop it if it were. */
function expectInert({ body, headers }: Page) {
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/default-src 'none'/);
  expect(policy).toMatch(/frame-ancestors 'none'/);
  expect(policy).toMatch(/base-uri 'none'/);
  expect(policy).not.toMatch(/unsafe|\*|script-src[^;]*(data|blob|sha256)/);
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('x-content-type-options')).toBe('nosniff');

  for (const [script] of body.matchAll(/<script\b[^>]*>[^<]*/g)) {
    expect(script).toMatch(/^<script src="\/assets\/[\w-]+\.js" defer>$/);
  }
  for (const [tag] of body.matchAll(/<[a-z][^>]*>/gi)) {
    expect(tag).not.toMatch(/="\s*(javascript|data|vbscript):/i);
    expect(tag.replaceAll(/"[^"]*"/g, '""')).not.toMatch(/\son\w+=|src=x/i);
  }
  expect(body).not.toMatch(/<style|\sstyle=|<iframe|<object|<base/i);
}

async function begin(parameters: Record<string, string> = {}, more: Record<string, unknown> = {}) {
  const allow = [{ api: API, permissions: ['evil:read'] }];
  const { id } = await createTestClient(server, 'spa', { ...NASTY, allow, ...more });
  const { url } = await authorizationRequest(await relyingParty(server.issuer, id), parameters);
  const agent = createAgent(server.issuer);
  return { id, agent, url, page: await agent.browse(url.href) };
}

test('attack 35: the sign-in page, and with a wrong password', async () => {
  const { agent, page } = await begin({
    login_hint: EVIL,
    state: EVIL,
    ui_locales: EVIL,
    acr_values: EVIL,
  });
  expectInert(page);
  expect(page.body).toContain('alert(1)'); // repeated, as text
  const again = await agent.submit(page, 'login-submit', { login: EVIL, password: EVIL });
  expect(again.status).toBe(401);
  expectInert(again);
  expect(again.body).not.toContain('value="&#34;&#39;&#62;&#60;script" name="password"');
});

test('attack 35: the consent page, with all that client, API and person are called', async () => {
  const { agent, page } = await begin({ scope: 'openid profile evil:read' });
  const consent = await agent.submit(page, 'login-submit', { ...GRACE });
  expect(consent.body).toContain('id="consent-allow"');
  expectInert(consent);
});

test('attack 35: the answer by form_post, with no script in it', async () => {
  const state = `${EVIL}</script></form>`;
  const { agent, page } = await begin({ response_mode: 'form_post', state }, { firstParty: true });
  const answer = await agent.submit(page, 'login-submit', { ...ALICE });
  expect(answer.body).toContain(`action="${CALLBACK}"`);
  expectInert(answer);
  expect(answer.body).not.toContain('</script></form>');
  expect(answer.body.match(/<form\b/g)).toHaveLength(1);
});

test.each([
  ['an unknown client', { client_id: EVIL }],
  ['an unregistered redirect URI', { redirect_uri: `https://evil.example/${EVIL}` }],
  ['a script as redirect URI', { redirect_uri: 'javascript:alert(1)' }],
  ['an unknown response mode', { response_mode: EVIL, redirect_uri: 'x' }],
])('attack 35: the error page for %s', async (_, parameters: Record<string, string>) => {
  const { url } = await begin();
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  const page = await createAgent(server.issuer).open(url.href);
  expect([page.status, page.headers.get('location')]).toEqual([400, null]);
  expect(page.headers.get('content-type')).toContain('text/html');
  expectInert(page);
});

test('attack 35: errors that go to the application carry no header of their own', async () => {
  const { page } = await begin({
    scope: `openid ${EVIL.replaceAll(' ', '')}`,
    state: 'a\r\nSet-Cookie: evil=1\r\n\r\n<script>',
  });
  expect(locationOf(page)).toMatch(/^https:\/\/app\.example\.com\/callback\?error=/);
  expect(page.headers.getSetCookie().join()).not.toContain('evil');
  expect(page.headers.get('location')).not.toMatch(/[\r\n<>"]/);
});

describe('attack 35: the device pages', () => {
  async function asked(userAgent: string) {
    const { id } = await createTestClient(server, 'device', {
      ...NASTY,
      allow: [{ api: API, permissions: ['evil:read'] }],
    });
    const answer = await fetch(`${server.issuer}/device_authorization`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: id, scope: 'openid evil:read' }),
      headers: { 'user-agent': userAgent },
    });
    return (await answer.json()) as Record<string, string>;
  }

  test('attack 35: the user agent of the device', async () => {
    const { user_code = '' } = await asked(EVIL);
    const agent = createAgent(server.issuer);
    const confirm = await agent.submit(await agent.browse('/device'), 'device-continue', {
      user_code,
    });
    expect(confirm.body).toContain('id="device-confirm"');
    expect(confirm.body).toContain('alert(1)');
    expectInert(confirm);
    expectInert(await agent.submit(confirm, 'device-abort'));
  });

  test('attack 35: a user code that was typed, and one in the link', async () => {
    const agent = createAgent(server.issuer);
    const wrong = await agent.submit(await agent.browse('/device'), 'device-continue', {
      user_code: EVIL.slice(0, 20),
    });
    expectInert(wrong);
    const link = await agent.open(`/device?user_code=${encodeURIComponent(`${EVIL}</form>`)}`);
    expectInert(link);
  });
});

test('attack 35: the logout pages', async () => {
  const BYE = 'https://app.example.com/bye';
  const { agent, page, id } = await begin({}, { firstParty: true, postLogoutRedirectUris: [BYE] });
  await agent.submit(page, 'login-submit', { ...ALICE });
  const query = new URLSearchParams({
    client_id: id,
    post_logout_redirect_uri: BYE,
    state: EVIL,
    logout_hint: EVIL,
    ui_locales: EVIL,
  });
  const confirm = await agent.browse(`/logout?${query.toString()}`);
  expect(confirm.body).toContain('id="logout-confirm"');
  expectInert(confirm);
  const out = await agent.submit(confirm, 'logout-confirm');
  expect(locationOf(out)).toMatch(/^https:\/\/app\.example\.com\/bye\?state=/);
  expectInert(await agent.open(`/logout/success?client_id=${id}`));
});

test('attack 35: the account’s pages, and signing out, of a person and an application with such names', async () => {
  const { agent, page } = await begin({ scope: 'openid profile evil:read' });
  const consent = await agent.submit(page, 'login-submit', { ...GRACE });
  expect(locationOf(await agent.submit(consent, 'consent-allow'))).toContain('code=');
  for (const path of ['', '/profile', '/password', '/sessions', '/apps', '/security', '/data']) {
    const own = await agent.browse(`/account${path}`);
    expect([path, own.status]).toEqual([path, 200]);
    expectInert(own);
  }
  expect((await agent.browse('/account/apps')).body).toContain('alert(1)');
  const profile = await agent.browse('/account/profile');
  expect(profile.body).toContain('alert(1)');
  expectInert(
    await agent.submit(profile, 'profile-submit', { name: EVIL.repeat(9), locale: EVIL }),
  );

  const logout = await agent.browse('/logout');
  expect(logout.body).toContain('alert(1)');
  expectInert(logout);
});

test('attack 35: the pages of mailed links, the playground and the mailbox', async () => {
  const agent = createAgent(server.issuer);
  const recovery = await agent.browse('/recovery');
  expectInert(await agent.submit(recovery, 'recovery-submit', { login: EVIL }));
  expectInert(await agent.submit(recovery, 'recovery-submit', { login: '' }));
  const odd = encodeURIComponent(EVIL);
  for (const path of [
    `/recovery?interaction=${odd}`,
    `/recovery/${odd}`,
    `/verify-email/${odd}`,
    `/interaction/${odd}/login`,
    `/account/signed-in?error=${odd}&error_description=${odd}&state=${odd}`,
    `/playground/callback?error=${odd}&error_description=${odd}&state=${odd}`,
    `/dev/mail/${odd}`,
    `/?ui_locales=${odd}`,
  ]) {
    expectInert(await agent.browse(path));
  }
});

test('attack 35: the setup page', async () => {
  const agent = createAgent(server.issuer);
  const form = { login: EVIL, email: EVIL, name: EVIL, password: 'x', passwordAgain: 'y' };
  const page = await agent.submit(await agent.browse(server.setupUrl ?? ''), 'setup-submit', form);
  expect(page.status).toBe(422);
  expectInert(page);
});

test('attack 35: a client’s pages cannot be scripts', async () => {
  const before = await server.services.db.client.count();
  for (const uri of [
    'javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'http://evil.example/',
  ]) {
    for (const field of ['logoUri', 'policyUri', 'tosUri', 'clientUri']) {
      await expect(createTestClient(server, 'spa', { [field]: uri })).rejects.toThrow(field);
    }
  }
  expect(await server.services.db.client.count()).toBe(before);
});

test('a logo is https alone, as the pages’ policy has it; other pages may be on this computer', async () => {
  const uri = 'http://localhost:8080/x';
  await expect(createTestClient(server, 'spa', { logoUri: uri })).rejects.toThrow('logoUri');
  const { id } = await createTestClient(server, 'spa', { policyUri: uri, tosUri: uri });

  await server.services.db.client.update({ where: { id }, data: { logoUri: uri } }); // from before
  const { url } = await authorizationRequest(await relyingParty(server.issuer, id, undefined));
  const page = await createAgent(server.issuer).browse(url.href);
  expect(page.body).toContain('id="login-submit"');
  expect(page.body).not.toContain('<img src="http:');
});

test('attack 35: what is no page is sent as what it is', async () => {
  const json = await fetch(`${server.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: EVIL, client_id: EVIL }),
  });
  expect(json.headers.get('content-type')).toContain('application/json');
  expect(json.headers.get('x-content-type-options')).toBe('nosniff');
  const lost = await createAgent(server.issuer).open(`/${encodeURIComponent(EVIL)}`);
  expect(lost.status).toBe(404);
  expectInert(lost);
});
