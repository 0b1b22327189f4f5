import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { assetRoutes, openAssets } from '../../src/http/asset-routes.ts';

const { urlOf: assetUrl } = openAssets();
let server: Server;
let origin: string;

beforeAll(async () => {
  const answer = new Koa().use(assetRoutes().routes()).callback();
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
});

test.each([
  ['latchkey.css', /^text\/css/],
  ['latchkey.svg', /^image\/svg\+xml/],
] as const)('%s is served under the hash of its content, for good', async (name, type) => {
  expect(assetUrl(name)).toMatch(/^\/assets\/latchkey-[0-9a-f]{12}\.(css|svg)$/);

  const response = await fetch(origin + assetUrl(name));
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(type);
  expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect((await response.text()).length).toBeGreaterThan(100);
});

test.each([
  '/assets/latchkey.css',
  '/assets/latchkey-000000000000.css',
  '/assets/..%2Flayouts%2Fpage.eta',
  '/assets/%2e%2e/layouts/page.eta',
  '/assets/..%5c..%5cpackage.json',
  '/assets/constructor',
  '/assets/',
])('%s is not there', async (path) => {
  expect((await fetch(origin + path)).status).toBe(404);
});

test('what is served cannot be written to', async () => {
  expect((await fetch(origin + assetUrl('latchkey.css'), { method: 'POST' })).status).toBe(404);
});
