import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  allowFormRedirects,
  pageHeaders,
  securityHeaders,
} from '../../src/http/security-headers.ts';
import { type ListeningApp, listeningApp } from './listening-app.ts';

let app: ListeningApp;
let plain: ListeningApp;

beforeAll(async () => {
  app = await listeningApp(securityHeaders({ issuer: 'https://id.example' }), (ctx) => {
    if (ctx.path === '/interaction') allowFormRedirects(ctx);
    if (ctx.path === '/page' || ctx.path === '/interaction') pageHeaders(ctx);
    if (ctx.path === '/asset') ctx.set('Cache-Control', 'public');
    ctx.body = 'page';
  });
  plain = await listeningApp(securityHeaders({ issuer: 'http://localhost:3000' }));
});

afterAll(() => Promise.all([app.close(), plain.close()]));

test('attack 35: pages run no script of others, show nothing of others but pictures, and are framed by nobody', async () => {
  const { headers } = await app.ask({ path: '/page' });
  const policy = String(headers['content-security-policy']).split('; ');
  expect(policy).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "form-action 'self'",
    ]),
  );
  expect(policy.join()).not.toMatch(/unsafe|\*/);
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  });
});

test('whatever is no page may do nothing at all in a browser', async () => {
  const { headers } = await app.ask();
  expect(headers).toMatchObject({
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  });
});

test('no path of ours reaches another site, and our own forms keep their Origin', async () => {
  // no-referrer would hide the path as well, but makes browsers send `Origin: null` with every form.
  expect((await app.ask()).headers['referrer-policy']).toBe('strict-origin');
});

test('https is remembered where there is https', async () => {
  expect((await app.ask()).headers['strict-transport-security']).toBe('max-age=31536000');
  expect((await plain.ask()).headers).not.toHaveProperty('strict-transport-security');
});

test('a form that leads to an application may do so, and nothing else is given up', async () => {
  const usual = String((await app.ask({ path: '/page' })).headers['content-security-policy']);
  const relaxed = String(
    (await app.ask({ path: '/interaction' })).headers['content-security-policy'],
  );
  expect(relaxed).toBe(usual.replace("form-action 'self'; ", ''));
});

test('what may be kept says so itself', async () => {
  expect((await app.ask({ path: '/asset' })).headers['cache-control']).toBe('public');
});
