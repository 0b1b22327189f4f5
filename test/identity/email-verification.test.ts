// Whether a mail address is a person's own: by the link or the code that was mailed to it.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  needsVerification,
  sendVerification,
  verifyByCode,
} from '../../src/identity/email-verification/email-verification.ts';
import { getUser } from '../../src/identity/users/users.ts';
import { createAgent } from '../support/agent.ts';
import { clockAhead } from '../support/clock.ts';
import { codeIn, linkIn, mailsTo, newestMailTo } from '../support/mailbox.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const SYSTEM = { type: 'system' } as const;
const FACTS = { requestId: 'request-1', address: '192.0.2.1' };
const clock = clockAhead();

let server: TestServer;
let count = 0;
let userId: string;
let address: string;

beforeAll(async () => {
  server = await startServer({}, { clock });
});

beforeEach(async () => {
  await server.services.db.rateLimit.deleteMany();
  const login = `person-${(count += 1)}`;
  address = `${login}@example.com`;
  ({ id: userId } = await createPerson(server, {
    login,
    password: 'correct horse battery staple',
  }));
});

afterAll(() => server.close());

const send = () => sendVerification(server.services, userId, { actor: SYSTEM });
const mail = () => newestMailTo(server, address, 'verify-email');
const person = () => getUser(server.services, userId);
const type = (code: string) => verifyByCode(server.services, { userId, code }, FACTS);
const press = async (link: string) => {
  const agent = createAgent(server.issuer);
  return agent.submit(await agent.open(link), 'verify-email-submit');
};
const open = async (link: string) => createAgent(server.issuer).open(link);

test('the link verifies the address once its button is pressed', async () => {
  await send();
  const link = linkIn(await mail());
  expect((await open(link)).body).toContain(address);
  expect(needsVerification(await person())).toBe(true);

  const done = await press(link);
  expect([done.status, new URL(done.url).pathname]).toEqual([200, '/verify-email/done']);
  expect(needsVerification(await person())).toBe(false);
  expect((await open(link)).status).toBe(404);
  const where = { type: 'user.email_verified', targetId: userId };
  expect(await server.services.db.auditEvent.count({ where })).toBe(1);
});

test('so does the code, however it is spaced, and ends the link with it', async () => {
  await send();
  const code = codeIn(await mail());
  expect(code).toMatch(/^\d{8}$/);
  await type(` ${code.slice(0, 4)}-${code.slice(4)} `);
  expect(needsVerification(await person())).toBe(false);
  expect((await open(linkIn(await mail()))).status).toBe(404);
  await expect(type(code)).rejects.toMatchObject({ code: 'code_invalid' });
});

test('a newer mail ends the link and the code of the older; both end after a day', async () => {
  await send();
  const older = await mail();
  await send();
  const newer = await mail();
  expect((await open(linkIn(older))).status).toBe(404);
  await expect(type(codeIn(older))).rejects.toMatchObject({ code: 'code_invalid' });
  expect((await open(linkIn(newer))).status).toBe(200);

  clock.advance(86_401);
  expect((await open(linkIn(newer))).status).toBe(404);
  await expect(type(codeIn(newer))).rejects.toMatchObject({ code: 'code_invalid' });
  expect(needsVerification(await person())).toBe(true);
});

test('nothing is sent to nobody, nor for an address that is verified, nor without end', async () => {
  for (let i = 0; i < 5; i++) await send();
  await expect(send()).rejects.toMatchObject({ refusal: 'too-many' });
  expect(await mailsTo(server, address)).toHaveLength(5);

  await server.services.db.rateLimit.deleteMany();
  await press(linkIn(await mail()));
  await expect(send()).rejects.toMatchObject({ code: 'nothing_to_verify' });
  await server.services.db.user.update({
    where: { id: userId },
    data: { email: null, emailVerified: false },
  });
  await expect(send()).rejects.toMatchObject({ code: 'nothing_to_verify' });
});
