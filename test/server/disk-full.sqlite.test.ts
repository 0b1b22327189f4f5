// The disk fills up while the server runs. Reading goes on, so that no probe would notice what writing meets.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { get } from '../support/http.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.close());

/** Whoever asks for a wrong setup link makes the server write. */
async function writeUntilRefused() {
  for (let i = 0; i < 300; i++) {
    const { status, headers } = await get(`${server.issuer}/setup?token=${'x'.repeat(90)}`);
    if (status === 503) return headers.get('retry-after');
    await server.services.db.rateLimit.deleteMany();
  }
  throw new Error('The disk never filled up.');
}

test('a full disk is named in the log, and the server is not ready for a while', async () => {
  const [size] = await server.services.db.$queryRawUnsafe<{ page_count: number }[]>(
    'SELECT * FROM pragma_page_count',
  );
  await server.services.db.$executeRawUnsafe(`PRAGMA max_page_count = ${size?.page_count}`);
  expect(await writeUntilRefused()).toBe('2');

  const line = server.log.find((text) => text.includes('could not be used'));
  expect(JSON.parse(line ?? '{}')).toMatchObject({
    level: 'warn',
    hint: expect.stringMatching(/^The disk that holds the database is full .* Free space/),
  });
  const { status, json } = await get(`${server.issuer}/readyz`);
  expect([status, json['reason']]).toEqual([503, 'disk-full']);
  expect((await get(`${server.issuer}/livez`)).status).toBe(200);
});
