// The server under a name, a logo and colours of its own, and an application with colours of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { renderSVG } from 'uqr';
import { readConfig } from '../../src/config.ts';
import { openAppearance } from '../../src/http/appearance.ts';
import { otpauthUri } from '../../src/identity/second-factors/totp-code.ts';
import { changeAppearance } from '../../src/protocol/clients/client-appearance.ts';
import { createAgent, type Page } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { ROOT } from '../support/database.ts';
import { newestMailTo } from '../support/mailbox.ts';
import { authorizationRequest, relyingParty } from '../support/relying-party.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const SYSTEM = { type: 'system' } as const;
/** A PNG as far as its first chunk goes. */
const png = (width: number, height: number) => {
  const bytes = Buffer.alloc(64);
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(bytes);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
};

let folder: string;
let server: TestServer;
let agent: ReturnType<typeof createAgent>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-brand-'));
  writeFileSync(join(folder, 'mark.png'), png(64, 64));
  writeFileSync(join(folder, 'word.svg'), '<svg viewBox="0 0 400 100"><script>1</script></svg>');
  writeFileSync(join(folder, 'not.png'), 'hello');
  server = await startServer({
    BRAND_NAME: 'Acme & Söhne',
    BRAND_LOGO_FILE: join(folder, 'mark.png'),
    BRAND_COLOR: '#0A58CA',
    BRAND_SUPPORT_URL: 'https://acme.example/help?a=1&b=2',
    BRAND_IMPRINT_URL: 'https://acme.example/imprint',
    TERMS_URL: `https://acme.example/t?"onclick="alert(1)'`,
  });
  await createPerson(server, ALICE);
  agent = createAgent(server.issuer);
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const linksIn = ({ body }: Page) =>
  [...body.matchAll(/<link rel="stylesheet" href="([^"]+)">/g)].map(([, href]) => String(href));

async function signInPage(clientId: string, at = server): Promise<Page> {
  const { url } = await authorizationRequest(await relyingParty(at.issuer, clientId));
  return createAgent(at.issuer).browse(url.href);
}

test('name, logo, colour and links are on every kind of page', async () => {
  const { id } = await createTestClient(server, 'spa');
  const pages = [
    await agent.open('/'),
    await agent.open('/recovery'),
    await agent.open('/device'),
    await agent.open('/nowhere'),
    await signInPage(id),
  ];
  for (const page of pages) {
    expect(page.body).toContain(' · Acme &#38; Söhne</title>');
    expect(page.body).toContain('<bdi>Acme &#38; Söhne</bdi>');
    expect(page.body).toMatch(/<link rel="icon" href="\/assets\/logo-[\da-f]{12}\.png">/);
    expect(page.body).toContain(
      'id="footer-support" href="https://acme.example/help?a=1&#38;b=2" rel="help noopener noreferrer"',
    );
    expect(page.body).toContain('id="footer-imprint"');
    expect(page.body).toContain('href="https://acme.example/t?&#34;onclick=&#34;alert(1)&#39;"');
    expect(page.body).not.toMatch(/footer-privacy|Latchkey|onclick="/);
    expect(linksIn(page).at(-1)).toBe('/assets/accent-0a58ca-1560d2.css');
  }
});

test('the colours come as a stylesheet of ours, kept and asked for again', async () => {
  const url = `${server.issuer}/assets/accent-0a58ca-1560d2.css`;
  const answer = await fetch(url);
  expect(answer.headers.get('content-type')).toBe('text/css; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('public, max-age=3600');
  expect(await answer.text()).toMatch(/^:root \{\n {2}--accent: light-dark\(#0a58ca, #1560d2\);\n/);

  const etag = answer.headers.get('etag') ?? '';
  expect(
    (await fetch(url, { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } })).status,
  ).toBe(304);
  for (const path of ['accent-ffffff-000000.css', 'accent-0a58ca-1560d2.css%20', 'accent-.css']) {
    expect([path, (await fetch(`${server.issuer}/assets/${path}`)).status]).toEqual([path, 404]);
  }
});

test('attack 35: a logo is an image that others may show, and runs nothing', async () => {
  const wordmark = await startServer({ BRAND_LOGO_FILE: join(folder, 'word.svg') });
  try {
    const page = await createAgent(wordmark.issuer).open('/');
    const [, src = ''] =
      /<img src="(\/assets\/logo-[\da-f]+\.svg)" alt="Latchkey"/.exec(page.body) ?? [];
    expect(page.body).not.toContain('<bdi>Latchkey</bdi>'); // it is in the logo
    const { headers } = await fetch(wordmark.issuer + src);
    expect(headers.get('content-type')).toBe('image/svg+xml');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; frame-ancestors 'none'; style-src 'unsafe-inline'; sandbox",
    );
  } finally {
    await wordmark.close();
  }
});

test('mails are under its name, with logo, colour and links', async () => {
  await agent.submit(await agent.open('/recovery'), 'recovery-submit', { login: ALICE.login });
  const { html, text } = await newestMailTo(server, 'alice@example.com', 'reset-password');
  expect(html).toMatch(
    /<img src="http:\/\/127\.0\.0\.1:\d+\/assets\/logo-[\da-f]{12}\.png" alt=""/,
  );
  expect(html).toContain('.button { background: #0a58ca !important; color: #ffffff !important; }');
  expect(html).toContain('href="https://acme.example/help?a=1&#38;b=2"');
  expect(text).toContain('Sent by Acme & Söhne, 127.0.0.1:');
  expect(text).toContain('Help: https://acme.example/help?a=1&b=2\n');
  expect(html + text).not.toContain('Latchkey');
  expect(html).not.toContain('onclick="');
});

test('an application’s own colours are on its pages, and change at once', async () => {
  const { id } = await createTestClient(server, 'spa', { accentColor: '#B00020' });
  expect(linksIn(await signInPage(id)).at(-1)).toMatch(/^\/assets\/accent-b00020-[\da-f]{6}\.css$/);

  const change = { accentColor: '#00695c', accentColorDark: '#4db6ac', name: ' Notes ' };
  await changeAppearance(server.services, { clientId: id, change }, SYSTEM);
  const page = await signInPage(id);
  expect(linksIn(page).at(-1)).toBe('/assets/accent-00695c-4db6ac.css');
  expect(page.body).toContain('Sign in to Notes · ');

  await changeAppearance(server.services, { clientId: id, change: { accentColor: null } }, SYSTEM);
  expect(linksIn(await signInPage(id)).at(-1)).toBe('/assets/accent-0a58ca-1560d2.css');
  const events = await server.services.db.auditEvent.findMany({
    where: { type: 'client.updated', targetId: id },
  });
  expect(events).toHaveLength(2);
});

test('a colour that cannot be seen is refused, and nothing changes', async () => {
  const { id } = await createTestClient(server, 'spa', { accentColor: '#b00020' });
  const refused = [
    [
      { accentColor: '#ffee00' },
      /accentColor: #ffee00 .* on light pages .* the nearest that does is #/,
    ],
    [
      { accentColor: '#b00020', accentColorDark: '#300000' },
      /accentColorDark: #300000 .* dark pages/,
    ],
    [{ accentColorDark: '#4db6ac' }, 'accentColorDark: needs accentColor'],
    [{ accentColor: 'red;}' }, 'accentColor: must be a colour'],
    [{ logoUri: 'http://evil.example/x.png' }, 'logoUri: '],
    [{ name: 'a\u001b[31m' }, 'name: '],
  ] as const;
  for (const [change, message] of refused) {
    const changing = changeAppearance(server.services, { clientId: id, change }, SYSTEM);
    await expect(changing).rejects.toThrow(message);
  }
  await expect(createTestClient(server, 'spa', { accentColor: '#fff' })).rejects.toThrow(
    'accentColor',
  );
  expect(linksIn(await signInPage(id)).at(-1)).toMatch(/^\/assets\/accent-b00020-/);

  const unknown = { clientId: 'latchkey-account', change: { name: 'Mine' } };
  await expect(changeAppearance(server.services, unknown, SYSTEM)).rejects.toThrow(
    'no such client',
  );
});

test.each([
  ['not.png', /BRAND_LOGO_FILE: .*not\.png is no PNG image/],
  ['missing.svg', /BRAND_LOGO_FILE: .*missing\.svg cannot be read/],
  ['logo.gif', /BRAND_LOGO_FILE: .*logo\.gif must be \.svg or \.png/],
])('BRAND_LOGO_FILE %s stops the server', (name, message) => {
  const config = readConfig({ BRAND_LOGO_FILE: join(folder, name) }, ROOT);
  expect(() => openAppearance(config)).toThrow(message);
});

test('an authenticator app shows the name, whichever page it is set up on', async () => {
  const door = createAgent(server.issuer);
  const login = await door.browse('/account/authenticator');
  const page = await door.submit(login, 'login-submit', { ...ALICE });
  const [, image = ''] = /class="qr" src="([^"]+)"/.exec(page.body) ?? [];
  const [, key = ''] = /id="key">([^<]+)</.exec(page.body) ?? [];
  const uri = otpauthUri(key.replaceAll(' ', ''), { issuer: 'Acme & Söhne', account: ALICE.login });
  expect((await door.open(image)).body).toBe(renderSVG(uri, { ecc: 'M', border: 4 }));
});
