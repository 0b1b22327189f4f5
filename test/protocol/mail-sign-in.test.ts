// Signing in by mail, as people do: the code typed where it was asked for, or the link opened there.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { enableUser } from '../../src/identity/users/users.ts';
import { createAgent, locationOf } from '../support/agent.ts';
import { createTestClient } from '../support/clients.ts';
import { clockAhead } from '../support/clock.ts';
import { askForMail, atLogin } from '../support/mail-sign-in.ts';
import { codeIn, linkIn, mailsTo, newestMailTo } from '../support/mailbox.ts';
import {
  authorizationRequest,
  callbackOf,
  redeem,
  relyingParty,
} from '../support/relying-party.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const PASSWORD = 'correct horse battery staple';
const LEVEL_2 = 'http://idmanagement.gov/ns/assurance/aal/2';
const clock = clockAhead();

let server: TestServer;
let count = 0;
let login: string;
let address: string;
let userId: string;

beforeAll(async () => {
  server = await startServer({}, { clock });
});

beforeEach(async () => {
  await server.services.db.rateLimit.deleteMany();
  login = `person-${(count += 1)}`;
  address = `${login}@example.com`;
  ({ id: userId } = await createPerson(server, { login, password: PASSWORD }));
  await server.services.db.user.update({
    where: { id: userId },
    data: { emailVerified: true },
  });
});

afterAll(() => server.close());

const eventsOf = (type: string) =>
  server.services.db.auditEvent.findMany({ where: { type, targetId: userId } });
const mailed = () => newestMailTo(server, address, 'magic-link');

test('a person signs in by the code that was mailed', async () => {
  const begun = await atLogin(server);
  const waiting = await askForMail(begun, login);
  expect([waiting.status, new URL(waiting.url).pathname]).toEqual([
    200,
    `/interaction/${begun.uid}/mailed-code`,
  ]);
  const mail = await mailed();
  const code = codeIn(mail);
  expect(code).toMatch(/^\d{8}$/);
  expect(mail.text).toContain('within 10 minutes');
  expect(mail.text).toContain('Never give it to anybody');

  const spaced = `${code.slice(0, 4)} ${code.slice(4)}`;
  const back = await begun.agent.submit(waiting, 'code-submit', { code: spaced });
  const tokens = await redeem(begun.party, callbackOf(back), begun.request);
  expect(tokens.claims()).toMatchObject({
    sub: userId,
    acr: 'http://idmanagement.gov/ns/assurance/aal/1',
    amr: ['otp'],
  });
  expect(await eventsOf('sign_in.mail_requested')).toMatchObject([{ outcome: 'success' }]);
  expect(await eventsOf('sign_in.succeeded')).toMatchObject([{ detail: { by: 'mailed_code' } }]);
  expect(await eventsOf('user.email_verified')).toEqual([]);
  expect(await server.services.db.mailedSignIn.count()).toBe(0);
});

test('a person signs in by the link, in the browser that asked', async () => {
  const begun = await atLogin(server);
  await askForMail(begun, address);
  const link = linkIn(await mailed());
  const page = await begun.agent.open(link);
  expect([page.status, page.body.includes(login)]).toEqual([200, true]);

  const back = await begun.agent.submit(page, 'mailed-link-submit');
  const tokens = await redeem(begun.party, callbackOf(back), begun.request);
  expect(tokens.claims()?.sub).toBe(userId);
  expect(await eventsOf('sign_in.succeeded')).toMatchObject([{ detail: { by: 'mailed_link' } }]);
  const token = link.split('/').at(-1) ?? '';
  expect(JSON.stringify(await server.services.db.auditEvent.findMany())).not.toContain(token);
  expect(server.log.join('')).not.toContain(token);
});

test('the browser is remembered afterwards, as after a password', async () => {
  const begun = await atLogin(server);
  const waiting = await askForMail(begun, login);
  await begun.agent.submit(waiting, 'code-submit', { code: codeIn(await mailed()) });
  expect(begun.agent.cookies.map(({ name }) => name)).toContain('latchkey_device');
});

test('a newer mail ends the older one, also the link of it', async () => {
  const begun = await atLogin(server);
  const first = await askForMail(begun, login);
  expect(first.body).not.toContain('id="code-resent"');
  const older = await mailed();
  const again = await begun.agent.submit(first, 'code-resend');
  expect(again.body).toContain('id="code-resent"');
  const newer = await mailed();
  expect(codeIn(newer)).not.toBe(codeIn(older));

  const wrong = await begun.agent.submit(again, 'code-submit', { code: codeIn(older) });
  expect([wrong.status, wrong.body.includes('role="alert"')]).toEqual([401, true]);
  expect((await begun.agent.open(linkIn(older))).status).toBe(404);
  const back = await begun.agent.submit(wrong, 'code-submit', { code: codeIn(newer) });
  expect(callbackOf(back).searchParams.has('code')).toBe(true);
});

test('whoever asks for somebody else instead has no use for the mail before', async () => {
  const begun = await atLogin(server);
  await askForMail(begun, login);
  const code = codeIn(await mailed());
  const waiting = await askForMail(begun, 'nobody');
  const refused = await begun.agent.submit(waiting, 'code-submit', { code });
  expect(refused.status).toBe(401);
});

test('what was mailed works for ten minutes', async () => {
  const begun = await atLogin(server);
  const waiting = await askForMail(begun, login);
  const mail = await mailed();
  clock.advance(601);
  const late = await begun.agent.submit(waiting, 'code-submit', { code: codeIn(mail) });
  expect(late.status).toBe(401);
  const page = await begun.agent.open(linkIn(mail));
  expect([page.status, page.body.includes('This link no longer works')]).toEqual([404, true]);
  expect(page.body).toContain(`href="/interaction/${begun.uid}/login"`);
});

test('who has no password verifies the address by signing in', async () => {
  const { db } = server.services;
  await db.user.update({
    where: { id: userId },
    data: { emailVerified: false, passwordHash: null },
  });
  const begun = await atLogin(server);
  const waiting = await askForMail(begun, login);
  const back = await begun.agent.submit(waiting, 'code-submit', { code: codeIn(await mailed()) });
  expect(callbackOf(back).searchParams.has('code')).toBe(true);
  expect((await db.user.findUnique({ where: { id: userId } }))?.emailVerified).toBe(true);
  expect(await eventsOf('user.email_verified')).toHaveLength(1);
});

test('nobody else is mailed to: not the disabled, those without an address, or an unverified one', async () => {
  const { db } = server.services;
  const set = (data: object) => db.user.update({ where: { id: userId }, data });
  await set({ disabledAt: new Date() });
  await askForMail(await atLogin(server), login);
  await enableUser(server.services, userId, { type: 'system' });
  await set({ emailVerified: false });
  await askForMail(await atLogin(server), login);
  await set({ email: null });
  await askForMail(await atLogin(server), login);

  expect(await mailsTo(server, address)).toEqual([]);
  const reasons = (await eventsOf('sign_in.mail_requested')).map(({ detail }) => detail);
  expect(reasons).toEqual([
    { reason: 'disabled' },
    { reason: 'unverified_address' },
    { reason: 'no_address' },
  ]);
});

test('a second factor is asked for after it, where the person has one', async () => {
  const { db } = server.services;
  const authenticator = { sealedSeed: 'x', lastStep: 0, createdAt: new Date() };
  await db.authenticator.create({ data: { userId, ...authenticator } });
  const begun = await atLogin(server);
  const waiting = await askForMail(begun, login);
  const next = await begun.agent.submit(waiting, 'code-submit', { code: codeIn(await mailed()) });
  expect(new URL(next.url).pathname).toBe(`/interaction/${begun.uid}/second-factor`);
});

test('it is not offered where two factors are asked for, nor taken', async () => {
  const begun = await atLogin(server, { acr_values: LEVEL_2 });
  expect(begun.page.body).not.toContain('id="mail-code"');
  const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(begun.page.body) ?? [];
  const asked = await begun.agent.open(`/interaction/${begun.uid}/mail-code`, { csrf, login });
  expect(locationOf(asked)).toBe(`${server.issuer}/interaction/${begun.uid}/login`);
  expect(await mailsTo(server, address)).toEqual([]);
});

test('an empty name is asked for, and what was typed is kept', async () => {
  const begun = await atLogin(server, { login_hint: login });
  expect(begun.page.body).toContain(`value="${login}"`);
  const refused = await askForMail(begun, '  ');
  expect([refused.status, refused.body.includes('id="login-fault"')]).toEqual([422, true]);

  await askForMail(begun, address);
  const login2 = await begun.agent.open(`/interaction/${begun.uid}/login`);
  expect(login2.body).toContain(`value="${address}"`);
});

test.each([[{ SIGN_IN_BY_MAIL: 'off' }], [{ DEVELOPMENT_PAGES: 'off' }]])(
  'with %j there is nothing of it',
  async (env: Record<string, string>) => {
    const other = await startServer(env);
    const agent = createAgent(other.issuer);
    const { id } = await createTestClient(other, 'spa');
    const { url } = await authorizationRequest(await relyingParty(other.issuer, id));
    const page = await agent.browse(url.href);
    expect(page.body).not.toContain('id="mail-code"');
    expect((await agent.open(page.url.replace('/login', '/mailed-code'))).status).toBe(404);
    expect((await agent.open(page.url.replace('/login', '/mailed-link/x'))).status).toBe(404);
    await other.close();
  },
);
