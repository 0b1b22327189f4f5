import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { DomainError, type Refusal } from '../../src/foundation/errors.ts';
import { clientAddress } from '../../src/http/client-address.ts';
import { errorBoundary } from '../../src/http/error-boundary.ts';
import { requestContext } from '../../src/http/request-context.ts';
import { createReadiness } from '../../src/operations/readiness.ts';
import { type ListeningApp, listeningApp, recordedLog } from './listening-app.ts';

const { log, lines, records } = recordedLog('debug');
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

let failure: unknown;
let app: ListeningApp;

beforeAll(async () => {
  app = await listeningApp(
    clientAddress({ trustedProxies: [], issuerUrl: new URL('http://id.example') }),
    requestContext({ log }),
    errorBoundary({ log, readiness: createReadiness() }),
    (ctx) => {
      if (!failure) return;
      ctx.set('Location', '/elsewhere');
      throw failure;
    },
  );
});

beforeEach(() => {
  lines.length = 0;
});

afterAll(() => app.close());

const askFailing = (error: unknown, headers: Record<string, string> = {}) => {
  failure = error;
  return app.ask({ headers });
};

test.each<[Refusal, number]>([
  ['invalid', 400],
  ['unauthenticated', 401],
  ['forbidden', 403],
  ['not-found', 404],
  ['conflict', 409],
  ['too-large', 413],
  ['too-many', 429],
  ['misdirected', 421],
  ['unavailable', 503],
])('the refusal %s is answered with %d, its code and its message', async (refusal, status) => {
  const answer = await askFailing(new DomainError(refusal, 'some_code', 'A sentence.'));
  expect(answer.status).toBe(status);
  expect(answer.headers).not.toHaveProperty('location');
  expect(JSON.parse(answer.text)).toEqual({
    error: 'some_code',
    error_description: 'A sentence.',
    request_id: answer.headers['x-request-id'],
  });
});

test('a refusal that passes says when to come again, in whole seconds', async () => {
  const error = new DomainError('too-many', 'rate_limited', 'Later.', { retryAfterSeconds: 1.2 });
  expect((await askFailing(error)).headers['retry-after']).toBe('2');
});

test.each([
  Object.assign(new Error('connect ECONNREFUSED 10.9.8.7:5432'), { code: 'ECONNREFUSED' }),
  new Error('query failed', { cause: Object.assign(new Error('terminating'), { code: '57P01' }) }),
])('a database that is away means 503 and a moment of patience, not a 500 (%s)', async (error) => {
  const { status, headers, text } = await askFailing(error);
  expect([status, headers['retry-after']]).toEqual([503, '2']);
  expect(text).not.toContain('10.9.8.7');
  expect(records()[0]).toMatchObject({ level: 'warn', requestId: headers['x-request-id'] });
});

test('a bug is a 500 without a word about it, and the log knows it by the number on the page', async () => {
  const { status, headers, text } = await askFailing(
    new TypeError('x is not a function at secret.ts'),
  );
  expect(status).toBe(500);
  expect(text).not.toMatch(/secret|TypeError|function/);
  expect(JSON.parse(text)).toMatchObject({
    error: 'server_error',
    request_id: headers['x-request-id'],
  });
  expect(records()[0]).toMatchObject({
    level: 'error',
    requestId: headers['x-request-id'],
    err: { type: 'TypeError', stack: expect.stringContaining('error-boundary.unit.test') },
  });
});

test.each([undefined, 'a string', { status: 400 }])(
  'even %j that was thrown is a 500',
  async (thrown) => {
    failure = thrown ?? 0;
    expect((await askFailing(thrown ?? Number.NaN)).status).toBe(thrown === undefined ? 404 : 500);
  },
);

test.each([
  new URIError('URI malformed'),
  Object.assign(new Error('bad'), { status: 400, expose: true }),
])('%s is the caller’s fault', async (error) => {
  const { status, text } = await askFailing(error);
  expect([status, JSON.parse(text).error]).toEqual([400, 'invalid_request']);
});

test('a browser gets a page with the same code and number', async () => {
  const { status, headers, text } = await askFailing(
    new DomainError('forbidden', 'not_yet_told', 'No <b>!'),
    BROWSER,
  );
  expect(status).toBe(403);
  expect(headers['content-type']).toContain('text/html');
  expect(text).toContain('not_yet_told');
  expect(text).toContain(headers['x-request-id']);
  expect(text).toContain('No &#60;b&#62;!');
});

test.each([
  ['interaction_not_found', 'This sign\u2011in has ended'],
  ['setup_link_invalid', 'This link is used up'],
  ['not_found', 'There is nothing here'],
  ['constructor', 'There is nothing here'],
])('%s is headed “%s”, and leads to the start page', async (code, title) => {
  const { text } = await askFailing(new DomainError('not-found', code, 'Do this.'), BROWSER);
  expect(text).toContain(`<h1>${title}</h1>`);
  expect(text).toContain('href="/"');
});

test('nothing at an address is a 404 in the caller’s language', async () => {
  const json = await askFailing(undefined);
  expect([json.status, JSON.parse(json.text).error]).toEqual([404, 'not_found']);
  const page = await askFailing(undefined, BROWSER);
  expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
});

test('no error is ever stored by a cache', async () => {
  expect((await askFailing(new DomainError('not-found', 'x', 'y'))).headers['cache-control']).toBe(
    'no-store',
  );
});
