// The database goes away while the server runs, and comes back: 503 with Retry-After meanwhile, no stack trace, no restart.
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestClient } from '../support/clients.ts';
import { createPostgresDatabase } from '../support/database.ts';
import { get, postForm } from '../support/http.ts';
import { startServer, type TestServer } from '../support/server.ts';

let database: Awaited<ReturnType<typeof createPostgresDatabase>>;
let server: TestServer;
let wire: Server;
const sockets = new Set<Socket>();
let isCut = false;

beforeAll(async () => {
  database = await createPostgresDatabase('TEMPLATE latchkey_template');
  const target = new URL(database.url);
  const upstream = { port: Number(target.port), host: target.hostname };
  wire = createServer((near) => {
    if (isCut) return near.destroy();
    const far = connect(upstream);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      sockets.add(from);
    }
    return near;
  });
  await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve));
  target.port = String((wire.address() as AddressInfo).port);
  target.hostname = '127.0.0.1';
  server = await startServer({ DATABASE_URL: target.href });
}, 60_000);

afterAll(async () => {
  isCut = false;
  await server.close();
  for (const socket of sockets) socket.destroy();
  wire.close();
  await database.drop();
});

function cut() {
  isCut = true;
  for (const socket of sockets) socket.destroy();
  sockets.clear();
}

test('while the database is away requests get 503, and it recovers by itself', async () => {
  const { id } = await createTestClient(server, 'spa');
  const token = () =>
    postForm(`${server.issuer}/token`, {
      grant_type: 'refresh_token',
      client_id: id,
      refresh_token: 'x',
    });
  expect((await get(`${server.issuer}/readyz`)).status).toBe(200);
  expect((await token()).status).toBe(400);

  cut();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const answers = [
    await get(`${server.issuer}/readyz`),
    await token(),
    await get(`${server.issuer}/auth?client_id=${id}`, { accept: 'text/html' }),
    await get(`${server.issuer}/`, { accept: 'text/html' }),
    await postForm(`${server.issuer}/introspect`, { token: 'x', client_id: id }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
  for (const { headers, text } of answers) {
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
    expect(text).not.toMatch(/\bat .*\.[tj]s:|prisma|postgres/i);
  }
  expect((await get(`${server.issuer}/livez`)).status).toBe(200);

  isCut = false;
  let ready = 0;
  for (let i = 0; i < 50 && ready !== 200; i++) {
    ready = (await get(`${server.issuer}/readyz`)).status;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(ready).toBe(200);
  expect((await token()).status).toBe(400);
}, 60_000);
