import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Middleware } from 'koa';
import { clientAddress, peerOf } from '../../src/http/client-address.ts';
import { type ListeningApp, listeningApp } from './listening-app.ts';

const issuerUrl = new URL('https://id.example');

// What comes after sees: our own finding, and what Koa makes of the headers that were left.
const tell: Middleware = (ctx) => {
  ctx.body = {
    ...peerOf(ctx),
    ip: ctx.ip,
    protocol: ctx.protocol,
    host: ctx.host,
    headers: ctx.headers,
  };
};

let behindProxy: ListeningApp;
let exposed: ListeningApp;

beforeAll(async () => {
  const trustedProxies = ['127.0.0.1', '10.0.0.0/8'];
  behindProxy = await listeningApp(clientAddress({ trustedProxies, issuerUrl }), tell);
  exposed = await listeningApp(clientAddress({ trustedProxies: ['10.0.0.0/8'], issuerUrl }), tell);
});

afterAll(() => Promise.all([behindProxy.close(), exposed.close()]));

const told = async (app: ListeningApp, headers: Record<string, string | string[]>) =>
  JSON.parse((await app.ask({ headers: { host: 'id.example', ...headers } })).text);

test.each([
  ['one entry', '198.51.100.7', '198.51.100.7'],
  ['what the caller put before it', '1.1.1.1, 198.51.100.7', '198.51.100.7'],
  ['trusted proxies on the way', '1.1.1.1, 198.51.100.7, 10.0.0.3, 10.0.0.4', '198.51.100.7'],
  ['trusted proxies alone', '10.0.0.3, 10.0.0.4', '10.0.0.3'],
  ['a port', '198.51.100.7:4711', '198.51.100.7'],
  ['IPv6', '2001:DB8::7', '2001:db8::7'],
  ['mapped IPv4', '::ffff:198.51.100.7', '198.51.100.7'],
  ['something that is no address', '198.51.100.7, unknown', '127.0.0.1'],
  ['nothing', '', '127.0.0.1'],
])(
  'behind a trusted proxy the rightmost stranger is the caller: %s',
  async (_, forwardedFor, expected) => {
    const peer = await told(behindProxy, { 'x-forwarded-for': forwardedFor });
    expect(peer).toMatchObject({ address: expected, ip: expected, viaTrustedProxy: true });
  },
);

test('attack 28: a stranger cannot choose his address', async () => {
  const peer = await told(exposed, {
    'x-forwarded-for': '10.0.0.1',
    forwarded: 'for=10.0.0.1',
    'x-real-ip': '10.0.0.1',
  });
  expect(peer).toMatchObject({
    address: '127.0.0.1',
    ip: '127.0.0.1',
    viaTrustedProxy: false,
    viaUnknownProxy: true,
  });
});

test.each(['behind a trusted proxy', 'exposed'])(
  'attack 37: forwarded hosts and protocols never reach what builds URLs, %s',
  async (where) => {
    const peer = await told(where === 'exposed' ? exposed : behindProxy, {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '81',
      'x-forwarded-prefix': '/evil',
      'x-original-url': '/admin',
      forwarded: 'host=evil.example;proto=http',
    });
    expect(peer).toMatchObject({ host: 'id.example', protocol: 'https' });
    expect(JSON.stringify(peer.headers)).not.toMatch(/evil|admin/);
  },
);

test.each([
  ['https', true],
  ['HTTPS', true],
  ['http', false],
  ['https, http', false],
  ['', false],
])('a trusted proxy that says %j was reached over TLS: %s', async (proto, encrypted) => {
  expect(await told(behindProxy, { 'x-forwarded-proto': proto })).toMatchObject({ encrypted });
  expect(await told(exposed, { 'x-forwarded-proto': proto })).toMatchObject({ encrypted: false });
});

test('a direct caller is not taken for a proxy', async () => {
  expect(await told(exposed, {})).toMatchObject({ address: '127.0.0.1', viaUnknownProxy: false });
});
