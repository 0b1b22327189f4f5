import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Context } from 'koa';
import * as z from 'zod';
import { clientAddress } from '../../src/http/client-address.ts';
import { errorBoundary } from '../../src/http/error-boundary.ts';
import { readForm, readJson, readParams, readQuery } from '../../src/http/input.ts';
import { requestContext } from '../../src/http/request-context.ts';
import { createReadiness } from '../../src/operations/readiness.ts';
import { type ListeningApp, listeningApp, recordedLog } from './listening-app.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'content-type': 'application/json' };
const person = z.object({ name: z.string().min(1), tags: z.array(z.string()).optional() });

let app: ListeningApp;

beforeAll(async () => {
  const { log } = recordedLog();
  const read: Record<string, (ctx: Context) => unknown> = {
    '/form': (ctx) => readForm(ctx, person),
    '/json': (ctx) => readJson(ctx, person),
    '/query': (ctx) => readQuery(ctx, person),
    // As a router leaves them: decoded.
    '/params': (ctx) => {
      ctx['params'] = { name: decodeURIComponent(ctx.querystring) };
      return readParams(ctx, person);
    },
  };
  app = await listeningApp(
    clientAddress({ trustedProxies: [], issuerUrl: new URL('http://id.example') }),
    requestContext({ log }),
    errorBoundary({ log, readiness: createReadiness() }),
    async (ctx) => {
      ctx.body = await read[ctx.path]?.(ctx);
    },
  );
});

afterAll(() => app.close());

const post = async (path: string, body: string | Buffer, headers: Record<string, string> = {}) => {
  const answer = await app.ask({ method: 'POST', path, body, headers });
  return { status: answer.status, json: JSON.parse(answer.text), headers: answer.headers };
};
const form = (body: string | Buffer, headers = {}) => post('/form', body, { ...FORM, ...headers });
const json = (body: string | Buffer, headers = {}) =>
  post('/json', body, { ...JSON_TYPE, ...headers });

test('a form is read by its schema, and what the schema does not know is dropped', async () => {
  expect(await form('name=Ada+L%C3%B6w&isAdministrator=true')).toMatchObject({
    status: 200,
    json: { name: 'Ada Löw' },
  });
  expect((await form('name=a&isAdministrator=true')).json).not.toHaveProperty('isAdministrator');
  expect((await form('name=a&__proto__=b&constructor=c')).json).toEqual({ name: 'a' });
});

test('a list is a field that repeats', async () => {
  expect((await form('name=a&tags=x&tags=y')).json).toEqual({ name: 'a', tags: ['x', 'y'] });
});

test.each([
  ['a field that is wrong', 'name=', /^name: /],
  ['a field that is missing', '', /^name: /],
  ['a field that repeats and must not', 'name=alice&name=mallory', /^name: /],
  ['NUL in a value', 'name=a%00b', /^name: /],
  ['NUL in a name', 'na%00me=a', /^name: /],
])('a form is refused by name: %s', async (_, body, message) => {
  const answer = await form(body);
  expect(answer).toMatchObject({ status: 400, json: { error: 'invalid_input' } });
  expect(answer.json.error_description).toMatch(message);
});

test('JSON is read by its schema', async () => {
  expect(
    await json('{"name":"Ada","tags":["x"]}', {
      'content-type': 'application/json; charset=utf-8',
    }),
  ).toMatchObject({
    status: 200,
    json: { name: 'Ada', tags: ['x'] },
  });
  expect((await json(String.raw`{"name":"\\u0000"}`)).json).toEqual({ name: String.raw`\u0000` });
});

test.each([
  ['what is no JSON', '{"name":', 'invalid_json'],
  ['nothing', '', 'invalid_json'],
  ['an array', '[]', 'invalid_input'],
  ['null', 'null', 'invalid_input'],
  ['an escaped NUL', '{"name":"a\\u0000b"}', 'invalid_input'],
  ['a bare NUL', '{"name":"a\u0000b"}', 'invalid_json'],
  ['what goes down forever', `${'['.repeat(30_000)}${']'.repeat(30_000)}`, 'invalid_input'],
])('JSON is refused: %s', async (_, body, error) => {
  expect(await json(body)).toMatchObject({ status: 400, json: { error } });
});

test.each([
  ['attack 22: text/plain that holds JSON', '/json', { 'content-type': 'text/plain' }],
  ['attack 22: a form that holds JSON', '/json', FORM],
  ['JSON at a form', '/form', JSON_TYPE],
  ['a multipart form', '/form', { 'content-type': 'multipart/form-data; boundary=x' }],
  ['no type at all', '/form', {}],
  ['a type that only starts right', '/json', { 'content-type': 'application/json-seq' }],
  ['a compressed body', '/json', { ...JSON_TYPE, 'content-encoding': 'gzip' }],
])('the body is refused: %s', async (_, path, headers) => {
  expect((await post(path, '{"name":"Ada"}', headers as Record<string, string>)).status).toBe(400);
});

test('what is no UTF-8 is refused, not guessed at', async () => {
  expect(await json(Buffer.from([0x7b, 0xff, 0x7d]))).toMatchObject({
    status: 400,
    json: { error: 'invalid_encoding' },
  });
});

test('attack 43: a large body is refused, announced or not, and the connection ends', async () => {
  expect((await form(`name=${'a'.repeat(65_531)}`)).status).toBe(200);
  const announced = await form(`name=${'a'.repeat(65_532)}`);
  expect(announced).toMatchObject({
    status: 413,
    json: { error: 'body_too_large' },
    headers: { connection: 'close' },
  });
  const chunked = await form(`name=${'a'.repeat(65_532)}`, { 'transfer-encoding': 'chunked' });
  expect(chunked).toMatchObject({ status: 413, headers: { connection: 'close' } });
});

test('parameters of query and path go through their schema too', async () => {
  const texts = await Promise.all(
    [
      '/query?name=Ada',
      '/params?Ada%20L',
      '/query?name=',
      '/query?name=a&name=b',
      '/query?name=%00',
      '/params?%00',
    ].map(async (path) => (await app.ask({ path })).text),
  );
  expect(texts.slice(0, 2)).toEqual(['{"name":"Ada"}', '{"name":"Ada L"}']);
  for (const text of texts.slice(2)) expect(JSON.parse(text).error).toBe('invalid_input');
});
