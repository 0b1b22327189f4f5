// The client that the account signs in with: made once by however many nodes, and where the issuer is.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../../src/foundation/clock.ts';
import { ensureAccountClient } from '../../src/protocol/clients/account-client.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await emptyDatabase({ ISSUER: 'https://id.example.com' });
});

afterEach(() => database.dispose());

const ensure = (issuer: string) =>
  ensureAccountClient({ config: { issuer }, db: database.db, clock: systemClock });

const events = () =>
  database.db.auditEvent.findMany({ select: { type: true }, orderBy: { id: 'asc' } });

test('nodes that start at once make one client, and it is on record once', async () => {
  await Promise.all(Array.from({ length: 5 }, () => ensure('https://id.example.com')));
  await ensure('https://id.example.com');
  expect(await database.db.client.findMany()).toEqual([
    expect.objectContaining({
      id: 'latchkey-account',
      builtIn: true,
      ownerId: null,
      redirectUris: ['https://id.example.com/account/signed-in'],
    }),
  ]);
  expect(await events()).toEqual([{ type: 'client.created' }]);
});

test('it follows the issuer', async () => {
  await ensure('http://localhost:3000');
  await ensure('https://id.example.com');
  const [client] = await database.db.client.findMany();
  expect(client?.redirectUris).toEqual(['https://id.example.com/account/signed-in']);
  expect(await events()).toEqual([{ type: 'client.created' }, { type: 'client.updated' }]);
});
