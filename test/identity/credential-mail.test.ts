// What a change to a way of signing in is told with, as it reaches the person.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setPassword } from '../../src/identity/users/users.ts';
import { mailsTo, newestMailTo } from '../support/mailbox.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const SYSTEM = { type: 'system' } as const;
let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.close());

test('a new password is told to the address of the person, without the password', async () => {
  const alice = await createPerson(server, ALICE);
  expect(await mailsTo(server, 'alice@example.com')).toEqual([]);

  const password = 'quite another long password';
  await setPassword(server.services, { userId: alice.id, password }, SYSTEM);

  const mail = await newestMailTo(server, 'alice@example.com', 'credential-changed');
  expect(mail.text).toMatch(/password/i);
  expect(mail.text + mail.html).not.toContain(password);
});
