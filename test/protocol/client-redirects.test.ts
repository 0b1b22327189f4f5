import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addRedirectUris } from '../../src/protocol/clients/client-redirects.ts';
import { createTestClient } from '../support/clients.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.close());

test('of several that add a redirect URI at once, none is lost', async () => {
  const { id } = await createTestClient(server, 'web');
  const uris = Array.from({ length: 8 }, (_, i) => `https://app-${i}.example.com/callback`);
  const postLogoutRedirectUri = 'https://app.example.com/';

  await Promise.all(
    uris.map((redirectUri) =>
      addRedirectUris(
        server.services,
        { clientId: id, redirectUri, postLogoutRedirectUri },
        { type: 'system' },
      ),
    ),
  );

  const client = await server.services.db.client.findUnique({ where: { id } });
  expect(client?.redirectUris).toEqual(expect.arrayContaining(uris));
  const back = [client?.postLogoutRedirectUris].flat();
  expect(back.filter((uri) => uri === postLogoutRedirectUri)).toHaveLength(1);
});
