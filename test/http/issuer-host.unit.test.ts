import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Middleware } from 'koa';
import { clientAddress } from '../../src/http/client-address.ts';
import { errorBoundary } from '../../src/http/error-boundary.ts';
import { issuerHost } from '../../src/http/issuer-host.ts';
import { requestContext } from '../../src/http/request-context.ts';
import { createReadiness } from '../../src/operations/readiness.ts';
import { type ListeningApp, listeningApp, recordedLog } from './listening-app.ts';

let reached: string[] = [];
const tell: Middleware = (ctx) => {
  reached.push(`${ctx.method} ${ctx.path}`);
  ctx.body = { host: ctx.host, href: ctx.href, url: ctx.url };
};

const serverFor = (issuer: string, trustedProxies: string[] = []) => {
  const config = { issuerUrl: new URL(issuer), trustedProxies };
  const { log } = recordedLog();
  return listeningApp(
    clientAddress(config),
    requestContext({ log }),
    errorBoundary({ log, readiness: createReadiness() }),
    issuerHost(config),
    tell,
  );
};

let plain: ListeningApp;
let exposed: ListeningApp;
let proxied: ListeningApp;

beforeAll(async () => {
  plain = await serverFor('http://id.example:3000');
  exposed = await serverFor('https://id.example');
  proxied = await serverFor('https://id.example', ['127.0.0.1']);
});

afterAll(() => Promise.all([plain.close(), exposed.close(), proxied.close()]));

test('the issuer is served, however its host is spelled, and everything after sees one spelling', async () => {
  for (const host of ['id.example', 'ID.Example', 'id.example:443']) {
    const { status, text } = await proxied.ask({
      headers: { host, 'x-forwarded-proto': 'https' },
      path: '/a?b=c',
    });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      host: 'id.example',
      href: 'https://id.example/a?b=c',
      url: '/a?b=c',
    });
  }
});

test.each([
  'evil.example',
  'id.example',
  'id.example:80',
  'id.example:3000.evil.example',
  'evil.example@id.example:3000',
  'id.example:3000@evil.example',
  'id.example.:3000',
  'id.example:3000, evil.example',
  'id.example:03000',
  '127.0.0.1',
  '[::1]',
  '',
])('attack 37: a request for the host %j gets 421 and learns nothing of it', async (host) => {
  reached = [];
  const { status, text, headers } = await plain.ask({ headers: { host } });
  expect(status).toBe(421);
  expect(text.replace(String(headers['x-request-id']), '')).not.toMatch(/evil|127/);
  expect(reached).toEqual([]);
});

test('a misdirected request is answered as other refusals are: with its number, and to a browser as a page', async () => {
  const json = await plain.ask({ headers: { host: 'evil.example' } });
  expect(json.headers['cache-control']).toBe('no-store');
  expect(JSON.parse(json.text)).toEqual({
    error: 'misdirected_request',
    error_description: 'This server answers for http://id.example:3000 alone (the setting ISSUER).',
    request_id: json.headers['x-request-id'],
  });

  const page = await plain.ask({ headers: { host: 'evil.example', accept: 'text/html' } });
  expect([page.status, page.headers['content-type']]).toEqual([421, 'text/html; charset=utf-8']);
  expect(page.text).toContain(page.headers['x-request-id']);
  expect(page.text).not.toContain('evil');
});

test.each([
  ['two hosts', ['GET / HTTP/1.1', 'Host: id.example:3000', 'Host: evil.example']],
  ['the same host twice', ['GET / HTTP/1.1', 'Host: id.example:3000', 'Host: id.example:3000']],
  ['a target elsewhere', ['GET http://evil.example/ HTTP/1.1', 'Host: id.example:3000']],
  ['a target with a user', ['GET http://evil@id.example:3000/ HTTP/1.1', 'Host: id.example:3000']],
  [
    'a target of another protocol',
    ['GET https://id.example:3000/ HTTP/1.1', 'Host: id.example:3000'],
  ],
  [
    'a target here, a host elsewhere',
    ['GET http://id.example:3000/ HTTP/1.1', 'Host: evil.example'],
  ],
  ['no host, as HTTP/1.0 may', ['GET / HTTP/1.0']],
  ['a target that is no path', ['OPTIONS * HTTP/1.1', 'Host: id.example:3000']],
])('attack 37: %s gets 421', async (_, lines) => {
  reached = [];
  expect(await plain.raw([...lines, 'Connection: close', ''])).toMatch(/^HTTP\/1.1 421 /);
  expect(reached).toEqual([]);
});

test('a target in absolute form for the issuer is served as the path it is', async () => {
  const lines = [
    'GET http://id.example:3000/a?b=c HTTP/1.1',
    'Host: id.example:3000',
    'Connection: close',
    '',
  ];
  expect(await plain.raw(lines)).toContain(
    '{"host":"id.example:3000","href":"http://id.example:3000/a?b=c","url":"/a?b=c"}',
  );
});

test.each([
  ['both lengths', ['Content-Length: 4', 'Transfer-Encoding: chunked']],
  ['two lengths', ['Content-Length: 4', 'Content-Length: 5']],
  ['an unknown coding', ['Transfer-Encoding: xchunked']],
  ['a space before the colon', ['Transfer-Encoding : chunked']],
])('attack 37: no second request can be smuggled in: %s', async (_, headers) => {
  reached = [];
  const answer = await plain.raw([
    'POST / HTTP/1.1',
    'Host: id.example:3000',
    ...headers,
    '',
    '0',
    '',
    'GET /smuggled HTTP/1.1',
    'Host: id.example:3000',
    'Connection: close',
    '',
  ]);
  expect(answer.match(/^HTTP\/1.1 \d+/gm)).toEqual(['HTTP/1.1 400']);
  expect(reached).not.toContain('GET /smuggled');
});

test('https that nobody vouches for gets 421, and the administrator learns which setting is missing', async () => {
  for (const app of [exposed, proxied]) {
    const { status, text } = await app.ask({ headers: { host: 'id.example' } });
    expect(status).toBe(421);
    expect(text).toContain('TRUSTED_PROXIES');
  }
  const spoofed = await exposed.ask({
    headers: { host: 'id.example', 'x-forwarded-proto': 'https' },
  });
  expect(spoofed.status).toBe(421);
});

test('a method override is just a header', async () => {
  reached = [];
  await plain.ask({
    method: 'GET',
    path: '/x?_method=DELETE',
    headers: { host: 'id.example:3000', 'x-http-method-override': 'DELETE' },
  });
  expect(reached).toEqual(['GET /x']);
});

test('a path that does not decode gets 400', async () => {
  const { status, text } = await plain.ask({ path: '/a%zz', headers: { host: 'id.example:3000' } });
  expect([status, JSON.parse(text).error]).toEqual([400, 'malformed_uri']);
});
