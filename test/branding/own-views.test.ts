// A deployment's own views and assets stand for ours, file by file.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config.ts';
import { openAppearance } from '../../src/http/appearance.ts';
import { createAgent } from '../support/agent.ts';
import { ROOT } from '../support/database.ts';
import { newestMailTo } from '../support/mailbox.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const FOLDERS: string[] = [];
let server: TestServer;

beforeAll(async () => {
  const folder = folderWith({
    'recovery/request.eta': `<% layout('/layouts/page', { title: 'Lost <it>' }) %>
<main class="sheet"><h1>Ours now</h1><p><%= it.brand.name %>, <%= it.action %></p>
<form method="post" action="<%= it.url(it.action) %>"><input type="hidden" name="csrf" value="<%= it.csrf %>">
<input name="login"><button id="recovery-submit">Go</button></form>
<img src="<%= it.assetUrl('hero.png') %>" alt=""></main>`,
    'partials/footer.eta': '<footer id="own-footer"><%= it.say("footer.support") %></footer>',
    'mail/letter-text.eta': 'Dear customer,\n\n<%= it.heading %>\n<%= it.footer %>\n',
    'assets/brand.css': 'h1 { background: url(hero.png); }',
    'assets/latchkey.css': 'body { color: black; }',
    'assets/hero.png': 'picture',
    '..data/layouts/typo.eta': 'hidden',
    '.DS_Store': 'hidden',
  });
  server = await startServer({ VIEWS_DIR: folder });
  await createPerson(server, ALICE);
});

afterAll(async () => {
  await server.close();
  rmSync(FOLDERS[0] ?? '', { recursive: true });
});

afterEach(() => {
  while (FOLDERS.length > 1) rmSync(FOLDERS.pop() ?? '', { recursive: true });
});

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-views-'));
  FOLDERS.push(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

const open = (folder: string) => openAppearance(readConfig({ VIEWS_DIR: folder }, ROOT));

test('a view, a partial, a mail and assets of one’s own stand for ours, and the rest is ours', async () => {
  const agent = createAgent(server.issuer);
  const page = await agent.open('/recovery');
  expect(page.body).toContain('<title>Lost &#60;it&#62; · Latchkey</title>');
  expect(page.body).toContain('<h1>Ours now</h1><p>Latchkey, /recovery</p>');
  expect(page.body).toContain('<footer id="own-footer">Help</footer>');
  expect(page.body).toContain('<header class="brand">');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");

  const other = await agent.open('/nowhere');
  expect(other.body).toContain('<footer id="own-footer">Help</footer>');
  expect(other.body).not.toContain('Ours now');

  const sent = await agent.submit(page, 'recovery-submit', { login: ALICE.login });
  expect(sent.url).toBe(`${server.issuer}/recovery/sent`);
  const { text, html } = await newestMailTo(server, 'alice@example.com');
  expect(text).toMatch(/^Dear customer,\n\n.*\nSent by Latchkey, /);
  expect(html).toContain('<!doctype html>');
});

test('assets of one’s own are served by hash and by name, ours are replaced', async () => {
  const { body } = await createAgent(server.issuer).open('/recovery');
  const styles = [...body.matchAll(/<link rel="stylesheet" href="([^"]+)">/g)].map(
    ([, href]) => href,
  );
  expect(styles.map((href) => href?.replace(/-[\da-f]{12}/, ''))).toEqual([
    '/assets/latchkey.css',
    '/assets/brand.css',
  ]);
  const css = await fetch(`${server.issuer}${styles[0]}`);
  expect(await css.text()).toBe('body { color: black; }');
  expect(css.headers.get('cache-control')).toContain('immutable');

  const [, hero = ''] = /<img src="(\/assets\/hero-[\da-f]{12}\.png)"/.exec(body) ?? [];
  expect(await (await fetch(server.issuer + hero)).text()).toBe('picture');
  const plain = await fetch(`${server.issuer}/assets/hero.png`);
  expect(plain.headers.get('content-type')).toBe('image/png');
  expect(plain.headers.get('cache-control')).toBe('public, max-age=3600');
});

test('what has no use is told by name, all at once', () => {
  const folder = folderWith({
    'interaction/logn.eta': '',
    'partials/field.eta.bak': '',
    'texts/en.json': '{}',
    'assets/app.js': 'alert(1)',
    'assets/fonts/x.css': '',
    'assets/my file.css': '',
    'Recovery/request.eta': '',
  });
  expect(() => open(folder)).toThrow('VIEWS_DIR: these files can’t be used:');
  for (const line of [
    'interaction/logn.eta: there is no such view',
    'partials/field.eta.bak: there is no such view',
    'Recovery/request.eta: there is no such view',
    'texts/en.json: texts belong into LOCALES_DIR',
    'assets/app.js: an asset is .css, .svg, .png, .jpg, .webp',
    'assets/fonts/x.css: an asset’s name has letters',
    'assets/my file.css: an asset’s name has letters',
  ]) {
    expect(() => open(folder)).toThrow(line);
  }
  expect(() => open(join(folder, 'nowhere'))).toThrow(/nowhere: cannot be read/);
});

test.each([
  ['an open tag', '<p><%= it.x', /error\/error\.eta: is no template: unclosed tag at line 1/],
  [
    'no JavaScript',
    '<% for (const x of) { %>',
    /error\/error\.eta: is no template: Bad template syntax/,
  ],
  ['a block without end', '<% if (it.x) { %>', /error\/error\.eta: is no template/],
])('a view with %s is told by name', (_, text, message) => {
  expect(() => open(folderWith({ 'error/error.eta': text }))).toThrow(message);
});

test('a link to a file is that file, as volumes of Kubernetes have it', () => {
  const folder = folderWith({ '..data/error.eta': 'linked' });
  mkdirSync(join(folder, 'error'));
  symlinkSync(join(folder, '..data/error.eta'), join(folder, 'error/error.eta'));
  expect(open(folder).html.render('error/error', {})).toBe('linked');
});

test('attack 35: nothing in a request is a file of that folder', async () => {
  for (const path of [
    '/assets/..%2Frecovery%2Frequest.eta',
    '/assets/%2e%2e/recovery/request.eta',
    '/assets/..%5crecovery%5crequest.eta',
    '/assets/submit.js',
    '/assets/brand.css%00',
    '/assets/..data',
    '/recovery/request.eta',
  ]) {
    const { status } = await fetch(`${server.issuer}${path}`);
    expect([path, status]).toEqual([path, 404]);
  }
});
