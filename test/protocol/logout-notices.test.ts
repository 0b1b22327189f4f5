// Whatever ends the sessions of a person, the applications in them are told (OIDC Back-Channel Logout 1.0).
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { deleteUser, disableUser, setPassword } from '../../src/identity/users/users.ts';
import { disableClient } from '../../src/protocol/clients/clients.ts';
import { transact } from '../../src/storage/database.ts';
import { latchkeyWith } from '../cli/latchkey-command.ts';
import { createAgent } from '../support/agent.ts';
import { clockAhead } from '../support/clock.ts';
import {
  type LogoutReceiver,
  openLogoutReceiver,
  sendNotices,
} from '../support/logout-receiver.ts';
import { linkIn, newestMailTo } from '../support/mailbox.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';
import { signedIn } from '../support/victims.ts';

const NEW = 'seven quiet otters drifting';
const SYSTEM = { type: 'system' } as const;
const clock = clockAhead();
let server: TestServer;
let receiver: LogoutReceiver;
let names = 0;

beforeAll(async () => {
  receiver = await openLogoutReceiver();
  const env = { INSECURE_PRIVATE_ADDRESSES: 'true', INSECURE_NO_RATE_LIMITS: 'true' };
  server = await startServer(env, { clock });
});

beforeEach(async () => {
  await server.services.db.logoutNotice.deleteMany();
  receiver.tokens.splice(0);
  receiver.answerWith(200);
});

afterAll(async () => {
  await server.close();
  await receiver.close();
});

/** Somebody who is signed in at an application that wants to be told, and at one that doesn't. */
async function person() {
  const alice = { ...ALICE, login: `alice${++names}` };
  const { id } = await createPerson(server, alice);
  const client = { backchannelLogoutUri: receiver.uri };
  const app = await signedIn(server, { type: 'web', person: alice, client });
  await signedIn(server, { person: alice });
  return { ...alice, id, clientId: app.id };
}

const waiting = () => server.services.db.logoutNotice.count();

async function resetByMail(login: string): Promise<void> {
  const agent = createAgent(server.issuer);
  await agent.submit(await agent.open('/recovery'), 'recovery-submit', { login });
  const link = linkIn(await newestMailTo(server, `${login}@example.com`, 'reset-password'));
  const passwords = { password: NEW, passwordAgain: NEW };
  await agent.submit(await agent.open(link), 'new-password-submit', passwords);
}

function commandLine() {
  const { dataDir, databaseUrl } = server.services.config;
  const database = databaseUrl ? { DATABASE_URL: databaseUrl } : {};
  return latchkeyWith({ ISSUER: server.issuer, DATA_DIR: dataDir, ...database });
}

type Person = Awaited<ReturnType<typeof person>>;

const ENDINGS: [string, (alice: Person) => Promise<unknown>][] = [
  ['a new password by a mailed link', ({ login }) => resetByMail(login)],
  [
    'a new password from an operator',
    ({ id }) => setPassword(server.services, { userId: id, password: NEW }, SYSTEM),
  ],
  ['being disabled from the command line', ({ login }) => commandLine()(`user disable ${login}`)],
  ['being deleted', ({ id }) => deleteUser(server.services, id, SYSTEM)],
];

test.each(ENDINGS)(
  '%s: the application in the session gets a logout token, once',
  async (_, end) => {
    const alice = await person();

    await end(alice);

    expect(receiver.tokens).toEqual([]);
    expect(await sendNotices(server)).toEqual({ told: 1, failed: 0 });
    expect(await sendNotices(server)).toEqual({ told: 0, failed: 0 });
    const [token = ''] = receiver.tokens;
    const keys = createRemoteJWKSet(new URL(`${server.issuer}/jwks`));
    const { payload } = await jwtVerify(token, keys, {
      issuer: server.issuer,
      audience: alice.clientId,
      typ: 'logout+jwt',
    });
    expect(payload.sub).toBe(alice.id);
    expect(await waiting()).toBe(0);
  },
  30_000,
);

test('an application that does not answer is told later, and not for ever', async () => {
  const alice = await person();
  receiver.answerWith(500);
  await disableUser(server.services, alice.id, SYSTEM);

  expect(await sendNotices(server)).toEqual({ told: 0, failed: 1 });
  expect(await sendNotices(server)).toEqual({ told: 0, failed: 0 });
  clock.advance(60);
  receiver.answerWith(200);
  expect(await sendNotices(server)).toEqual({ told: 1, failed: 0 });

  const bob = await person();
  receiver.answerWith(500);
  await disableUser(server.services, bob.id, SYSTEM);
  clock.advance(2 * 86_400);
  expect(await sendNotices(server)).toEqual({ told: 0, failed: 1 });
  expect(await waiting()).toBe(0);
});

test('of two nodes, one tells; and one that died while it did is followed by another', async () => {
  const alice = await person();
  await disableUser(server.services, alice.id, SYSTEM);
  const both = await Promise.all([sendNotices(server), sendNotices(server)]);
  expect(both.map(({ told }) => told).toSorted((a, b) => a - b)).toEqual([0, 1]);
  expect(receiver.tokens).toHaveLength(1);

  const bob = await person();
  await disableUser(server.services, bob.id, SYSTEM);
  const claimed = new Date(clock.now().getTime() + 30_000);
  await server.services.db.logoutNotice.updateMany({ data: { dueAt: claimed, attempts: 1 } });
  expect(await sendNotices(server)).toEqual({ told: 0, failed: 0 });
  clock.advance(31);
  expect(await sendNotices(server)).toEqual({ told: 1, failed: 0 });
});

test('what was rolled back is not told, and neither is a client that was disabled', async () => {
  const alice = await person();
  const undone = transact(server.services.db, async (tx) => {
    const { remove } = await import('../../src/identity/users/user-store.ts');
    await remove(tx, alice.id);
    throw new Error('no');
  });
  await expect(undone).rejects.toThrow('no');
  expect(await waiting()).toBe(0);

  await disableUser(server.services, alice.id, SYSTEM);
  expect(await waiting()).toBe(1);
  await disableClient(server.services, alice.clientId, SYSTEM);
  await sendNotices(server);
  expect(receiver.tokens).toEqual([]);
  expect(await waiting()).toBe(0);
});
