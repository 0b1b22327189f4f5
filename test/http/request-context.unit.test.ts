import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Middleware } from 'koa';
import { clientAddress } from '../../src/http/client-address.ts';
import { requestContext, requestFacts } from '../../src/http/request-context.ts';
import { currentRequest } from '../../src/operations/request-scope.ts';
import { type ListeningApp, listeningApp, recordedLog } from './listening-app.ts';

const UUID = /^[\da-f]{8}-[\da-f-]{27}$/;
const { log, lines, records } = recordedLog();

const tell: Middleware = async (ctx) => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  log.info('while it is handled');
  ctx.body = { facts: requestFacts(ctx), scope: currentRequest() };
};

let exposed: ListeningApp;
let proxied: ListeningApp;

beforeAll(async () => {
  const issuerUrl = new URL('http://id.example');
  exposed = await listeningApp(
    clientAddress({ trustedProxies: [], issuerUrl }),
    requestContext({ log }),
    tell,
  );
  proxied = await listeningApp(
    clientAddress({ trustedProxies: ['127.0.0.1'], issuerUrl }),
    requestContext({ log }),
    tell,
  );
});

beforeEach(() => {
  lines.length = 0;
});

afterAll(() => Promise.all([exposed.close(), proxied.close()]));

test('a request has one id: in its answer, in every line of its log, and for the rules', async () => {
  const { headers, text } = await exposed.ask();
  const id = headers['x-request-id'];
  expect(id).toMatch(UUID);
  expect(JSON.parse(text)).toEqual({
    facts: { requestId: id, address: '127.0.0.1' },
    scope: { requestId: id, address: '127.0.0.1' },
  });
  expect(records().map(({ requestId, msg }) => [requestId, msg])).toEqual([
    [id, 'while it is handled'],
    [id, 'request'],
  ]);
});

test('requests that overlap do not mix up their ids', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => exposed.ask()));
  for (const { headers, text } of answers) {
    expect(JSON.parse(text).scope.requestId).toBe(headers['x-request-id']);
  }
  expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).toBe(20);
});

test.each(['from-the-proxy_1', 'a'.repeat(64)])(
  'the id %s of a trusted proxy is taken over',
  async (id) => {
    expect((await proxied.ask({ headers: { 'x-request-id': id } })).headers['x-request-id']).toBe(
      id,
    );
  },
);

test.each(['a'.repeat(65), 'two words', '{"json":1}'])(
  'the id %j is replaced, wherever it comes from',
  async (id) => {
    expect(
      (await proxied.ask({ headers: { 'x-request-id': id } })).headers['x-request-id'],
    ).toMatch(UUID);
  },
);

test('a stranger does not choose the id', async () => {
  expect(
    (await exposed.ask({ headers: { 'x-request-id': 'chosen' } })).headers['x-request-id'],
  ).toMatch(UUID);
});

test('attack 42: the access log has no query, body, cookie, authorization or token in it', async () => {
  const secret = 'S3cretS3cretS3cretS3cretS3cretS3cretS3cretS';
  await exposed.ask({
    method: 'POST',
    path: `/setup/${secret}?token=${secret}&password=hunter2hunter2`,
    headers: {
      authorization: `Basic ${Buffer.from(`app:${secret}`).toString('base64')}`,
      cookie: `session=${secret}`,
      referer: `http://id.example/?code=${secret}`,
      'user-agent': secret,
    },
    body: `password=${secret}`,
  });
  expect(lines.join('\n')).not.toMatch(/S3cret|hunter2|YXBwO/);
  expect(records().at(-1)).toMatchObject({
    method: 'POST',
    path: '/setup/[redacted]',
    status: 200,
    address: '127.0.0.1',
  });
});

test('attack 42: a path cannot forge a line or drive a terminal', async () => {
  const answer = await exposed.raw([
    'GET /a%0a%1b[31m","level":"fatal"} HTTP/1.1',
    'Host: id.example',
    'Connection: close',
    '',
  ]);
  expect(answer).toContain('200 OK');
  expect(lines).toHaveLength(2);
  expect(records().at(-1)).toMatchObject({
    level: 'info',
    path: '/a%0a%1b[31m","level":"fatal"}',
  });
});

test('probes are logged for those who debug only', async () => {
  await exposed.ask({ path: '/livez' });
  expect(records().filter(({ msg }) => msg === 'request')).toEqual([]);
});
