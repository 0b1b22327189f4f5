// The database's file is removed or exchanged under a running server, which goes on writing to what nobody can find.
import { copyFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { get } from '../support/http.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let file: string;

beforeEach(async () => {
  server = await startServer();
  file = join(server.services.config.dataDir, 'latchkey.db');
});

afterEach(() => server.close());

async function readiness() {
  const { status, json } = await get(`${server.issuer}/readyz`);
  return [status, json['reason']];
}

test.each<[string, () => void]>([
  ['removed', () => rmSync(file)],
  [
    'exchanged',
    () => {
      copyFileSync(file, `${file}.copy`);
      renameSync(`${file}.copy`, file);
    },
  ],
])('a server whose database file was %s is not ready', async (_, change) => {
  expect(await readiness()).toEqual([200, undefined]);
  change();
  expect(await readiness()).toEqual([503, 'database-file']);
});
