import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clientAddress } from '../../src/http/client-address.ts';
import { healthRoutes } from '../../src/http/health-routes.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { ask, listeningApp } from './listening-app.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  ask(Number(new URL(server.issuer).port), { path, headers });

test('health is told to whoever asks, by whatever name', async () => {
  for (const path of ['/livez', '/readyz']) {
    const { status, headers } = await get(path, { host: '10.1.2.3' });
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
  }
});

test('a server that stops is alive and not ready', async () => {
  server.services.readiness.stopping = true;
  const [alive, ready] = await Promise.all([get('/livez'), get('/readyz')]);
  server.services.readiness.stopping = false;

  expect(alive.status).toBe(200);
  expect([ready.status, ready.headers['retry-after'], JSON.parse(ready.text).reason]).toEqual([
    503,
    '2',
    'stopping',
  ]);
  expect((await get('/readyz')).status).toBe(200);
});

// A database that does not answer: the outside world, and the only thing that is made up here.
test('a database that hangs makes the server not ready within a second, and is asked once', async () => {
  let asked = 0;
  const hangs = () => {
    asked += 1;
    return new Promise<never>(() => undefined);
  };
  const db = { installation: { ...server.services.db.installation, findFirst: hangs } } as never;
  const routes = healthRoutes({
    db,
    readiness: { stopping: false },
    isDatabaseFileInPlace: () => true,
  });
  const app = await listeningApp(
    clientAddress({ trustedProxies: [], issuerUrl: undefined }),
    (ctx, next) => routes(ctx, next),
  );

  const startedAt = performance.now();
  const answers = await Promise.all(Array.from({ length: 5 }, () => app.ask({ path: '/readyz' })));
  expect(performance.now() - startedAt).toBeLessThan(1_900);
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
  expect(asked).toBe(1);
  expect((await app.ask({ path: '/livez' })).status).toBe(200);
  await app.close();
});

test('metrics are for the allowed addresses alone', async () => {
  const metrics = await get('/metrics');
  expect(metrics.status).toBe(200);
  expect(metrics.text).toContain('http_request_duration_seconds_bucket');

  const elsewhere = await startServer({ METRICS_ALLOW: '10.0.0.0/8' });
  const refused = await ask(Number(new URL(elsewhere.issuer).port), {
    path: '/metrics',
    headers: { host: new URL(elsewhere.issuer).host },
  });
  await elsewhere.close();
  expect(refused.status).toBe(404);
});

test('metrics are not shown through a proxy that nobody named, though it be on this machine', async () => {
  expect(
    (
      await get('/metrics', {
        host: new URL(server.issuer).host,
        'x-forwarded-for': '198.51.100.7',
      })
    ).status,
  ).toBe(404);
});

test('metrics name no path that a caller made up', async () => {
  await get('/made-up-by-mallory/4711', { host: new URL(server.issuer).host });
  const { text } = await get('/metrics');
  expect(text).not.toContain('mallory');
  expect(text).toMatch(/route="other",status="404"/);
});
