// Accounts that are offered by mail: who gets one, when, and how often.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  invite,
  listInvitations,
  revokeInvitation,
} from '../../src/identity/registration/invitations.ts';
import { createAgent } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { linkIn, mailsTo, newestMailTo } from '../support/mailbox.ts';
import { authorizationRequest, authorize, relyingParty } from '../support/relying-party.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const PASSWORD = 'seven quiet otters drifting';
const SYSTEM = { type: 'system' } as const;
const clock = clockAhead();

let server: TestServer;
let count = 0;
let email: string;

beforeAll(async () => {
  server = await startServer({ REGISTRATION: 'invitation' }, { clock });
});

beforeEach(async () => {
  await server.services.db.rateLimit.deleteMany();
  email = `invited-${(count += 1)}@example.com`;
});

afterAll(() => server.close());

async function invited(more: { name?: string; locale?: string } = {}): Promise<string> {
  await invite(server.services, { email, days: 7, ...more }, SYSTEM);
  return linkIn(await newestMailTo(server, email, 'invitation'));
}

const statusOf = async (link: string) => (await createAgent(server.issuer).open(link)).status;

async function accept(link: string, fields: Record<string, string> = {}) {
  const agent = createAgent(server.issuer);
  const form = await agent.open(link);
  return agent.submit(form, 'invited-submit', { password: PASSWORD, ...fields });
}

test('an invited person opens an account, whose address is verified, and signs in', async () => {
  const link = await invited({ name: 'Ida Invited', locale: 'de' });
  const form = await createAgent(server.issuer).open(link);
  expect(form.body).toContain('value="Ida Invited"');
  expect(form.body).toContain('lang="de"');

  const done = await accept(link);
  expect([done.status, new URL(done.url).pathname]).toEqual([200, '/create-account/done']);
  const user = await server.services.db.user.findUnique({ where: { email } });
  expect(user).toMatchObject({ login: email, emailVerified: true, administrator: false });
  expect(user).toMatchObject({ name: 'Ida Invited', locale: 'de' });

  const { id } = await createTestClient(server, 'spa', { firstParty: true });
  const { url } = await authorizationRequest(await relyingParty(server.issuer, id));
  const callback = await authorize(createAgent(server.issuer), url, {
    login: email,
    password: PASSWORD,
  });
  expect(callback.searchParams.has('code')).toBe(true);
});

test('the link works once, also when it is used five times at a time', async () => {
  const link = await invited();
  const pages = await Promise.all(Array.from({ length: 5 }, () => accept(link)));
  expect(pages.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
  expect(await server.services.db.user.count({ where: { email } })).toBe(1);
  expect(await statusOf(link)).toBe(404);
});

test('a link ends with its days, by a newer one and when it is revoked', async () => {
  const older = await invited();
  const newer = await invited();
  expect([await statusOf(older), await statusOf(newer)]).toEqual([404, 200]);
  clock.advance(7 * 86_400 + 1);
  expect(await statusOf(newer)).toBe(404);

  const revoked = await invited();
  expect((await listInvitations(server.services)).map((one) => one.email)).toContain(email);
  await revokeInvitation(server.services, email.toUpperCase(), SYSTEM);
  expect(await statusOf(revoked)).toBe(404);
  expect((await listInvitations(server.services)).map((one) => one.email)).not.toContain(email);
  await expect(revokeInvitation(server.services, email, SYSTEM)).rejects.toMatchObject({
    code: 'invitation_not_found',
  });
});

test('a form that was open when the invitation ended makes nobody', async () => {
  const link = await invited();
  const agent = createAgent(server.issuer);
  const form = await agent.open(link);
  await revokeInvitation(server.services, email, SYSTEM);
  expect((await agent.submit(form, 'invited-submit', { password: PASSWORD })).status).toBe(404);
  expect(await server.services.db.user.count({ where: { email } })).toBe(0);
});

test('a faulty form comes back, and uses nothing up', async () => {
  const link = await invited();
  const short = await accept(link, { password: 'short' });
  expect(short.status).toBe(422);
  expect(short.body).toContain('id="password-fault"');
  expect((await accept(link)).status).toBe(200);
});

test('nobody is invited who has an account, nor to what is no address', async () => {
  const login = `holder-${count}`;
  await createPerson(server, { login, password: PASSWORD });
  const ask = (address: string) => invite(server.services, { email: address, days: 7 }, SYSTEM);
  await expect(ask(`${login}@example.com`)).rejects.toMatchObject({ code: 'email_taken' });
  await expect(ask('nobody')).rejects.toMatchObject({ code: 'email_malformed' });
  expect(await mailsTo(server, `${login}@example.com`)).toEqual([]);
});

test('an account that was opened meanwhile is not opened again', async () => {
  const link = await invited();
  await createPerson(server, { login: email.split('@')[0] ?? '', password: PASSWORD });
  const page = await accept(link);
  expect(page.status).toBe(422);
  expect(page.body).toContain('There is an account with this address already');
});

test('where REGISTRATION is off, nobody is invited', async () => {
  const closed = await startServer({ REGISTRATION: 'off' });
  await expect(invite(closed.services, { email, days: 7 }, SYSTEM)).rejects.toMatchObject({
    code: 'registration_closed',
  });
  expect((await createAgent(closed.issuer).open('/invitation/x')).status).toBe(404);
  await closed.close();
});

test('what happened is on record, without the token', async () => {
  const link = await invited();
  await accept(link);
  const { db } = server.services;
  const events = await db.auditEvent.findMany({ where: { type: 'invitation.created' } });
  expect(events.map(({ detail }) => detail)).toContainEqual({ email });
  const token = link.split('/').at(-1) ?? '';
  expect(token).toHaveLength(43);
  expect(JSON.stringify(await db.auditEvent.findMany()) + server.log.join('')).not.toContain(token);
});
