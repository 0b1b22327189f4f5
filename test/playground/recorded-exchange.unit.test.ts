import { afterEach, expect, test } from '@jest/globals';
import type { ExchangeText } from '../../src/http/playground-views.ts';
import { recordingFetch } from '../../src/playground/recorded-exchange.ts';

const real = globalThis.fetch;

afterEach(() => {
  globalThis.fetch = real;
});

/** What is shown of one request, when the server answers like that. */
async function shown(
  request: { headers?: Record<string, string>; body?: URLSearchParams },
  answer: () => Response,
) {
  const exchanges: ExchangeText[] = [];
  globalThis.fetch = async () => answer();
  const options = { method: request.body ? 'POST' : 'GET', headers: {}, ...request };
  await recordingFetch(exchanges)('https://id.example/token', options).catch(() => undefined);
  return exchanges[0];
}

const ok = () =>
  Response.json(
    { active: true },
    { headers: { 'cache-control': 'no-store', 'set-cookie': 'a=b' } },
  );

test('a secret in the header is masked, the client is not', async () => {
  const authorization = `Basic ${Buffer.from('app%2F1:top%3Asecret').toString('base64')}`;

  const exchange = await shown(
    { headers: { authorization }, body: new URLSearchParams({ code: 'a b' }) },
    ok,
  );

  expect(exchange?.request).toBe(
    "curl -X POST 'https://id.example/token' \\\n  -u 'app/1:••••••••' \\\n  --data-urlencode 'code=a b'",
  );
});

test('a secret in the body is masked', async () => {
  const exchange = await shown({ body: new URLSearchParams({ client_secret: 'hunter2' }) }, ok);

  expect(exchange?.request).not.toContain('hunter2');
});

test('what a shell would take apart is quoted', async () => {
  const exchange = await shown({ body: new URLSearchParams({ scope: "'; rm -rf ~; '" }) }, ok);

  expect(exchange?.request).toContain(String.raw`'scope='\''; rm -rf ~; '\'''`);
});

test('an answer is shown with the headers that matter', async () => {
  const exchange = await shown({}, ok);

  expect(exchange?.status).toBe('200');
  expect(exchange?.response).toBe(
    'content-type: application/json\ncache-control: no-store\n\n{\n  "active": true\n}',
  );
});

test('an answer that is no JSON is shown as it is', async () => {
  const exchange = await shown(
    {},
    () => new Response('<h1>Bad gateway</h1>', { status: 502, statusText: 'Bad Gateway' }),
  );

  expect(exchange?.status).toBe('502 Bad Gateway');
  expect(exchange?.response).toContain('<h1>Bad gateway</h1>');
});

test('a request without an answer is shown as such', async () => {
  const exchange = await shown({}, () => {
    throw new TypeError('fetch failed');
  });

  expect(exchange).toMatchObject({ status: 'No answer', response: '' });
});
