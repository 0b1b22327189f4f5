// SIGN_IN_PAGE=identifier-first: the login on a page of its own, and the ways to prove it on the next.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Agent, formOf, locationOf, type Page } from '../support/agent.ts';
import { askForMail, atLogin } from '../support/mail-sign-in.ts';
import { codeIn, newestMailTo } from '../support/mailbox.ts';
import { callbackOf, redeem } from '../support/relying-party.ts';
import { ALICE, createPerson, MALLORY, startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let aliceId: string;

beforeAll(async () => {
  server = await startServer({ SIGN_IN_PAGE: 'identifier-first' });
  ({ id: aliceId } = await createPerson(server, ALICE));
  const { id: disabled } = await createPerson(server, MALLORY);
  const { db } = server.services;
  await db.user.update({ where: { id: aliceId }, data: { emailVerified: true } });
  await db.user.update({ where: { id: disabled }, data: { disabledAt: new Date() } });
});

beforeEach(() => server.services.db.rateLimit.deleteMany());

afterAll(() => server.close());

const identify = (agent: Agent, page: Page, login: string) =>
  agent.submit(page, 'login-submit', { login });
const inputOf = (body: string, name: string) =>
  new RegExp(`<input[^>]*name="${name}"[^>]*>`).exec(body)?.[0].replaceAll(/\s+/g, ' ') ?? '';

test('a person says who they are, then proves it', async () => {
  const { agent, page, uid, party, request } = await atLogin(server);
  expect(page.body).not.toContain('type="password"');
  expect(page.body).not.toMatch(/id="(mail-code|forgot-password)"/);

  const next = await identify(agent, page, ` ${ALICE.login} `);
  expect([next.status, new URL(next.url).pathname]).toEqual([200, `/interaction/${uid}/password`]);
  // What password managers look for: the name beside the password, in one form.
  expect(inputOf(next.body, 'login')).toContain(`value="${ALICE.login}" autocomplete="username"`);
  expect(inputOf(next.body, 'login')).toContain('readonly');
  expect(inputOf(next.body, 'password')).toContain('autocomplete="current-password"');
  expect(next.body).toMatch(/id="mail-code"/);
  expect(next.body).toMatch(/id="forgot-password"/);

  const wrong = await agent.submit(next, 'password-submit', { password: 'not the password' });
  expect([wrong.status, wrong.body.includes('id="password-alert"')]).toEqual([401, true]);
  expect(inputOf(wrong.body, 'login')).toContain(`value="${ALICE.login}"`);

  const back = await agent.submit(wrong, 'password-submit', { password: ALICE.password });
  const tokens = await redeem(party, callbackOf(back), request);
  expect(tokens.claims()).toMatchObject({ sub: aliceId, amr: ['pwd'] });
});

test('"Not you?" leads back to the name, which can be another one', async () => {
  const { agent, page } = await atLogin(server);
  const next = await identify(agent, page, 'alicia');
  const [, back = ''] = /id="not-you" href="([^"]+)"/.exec(next.body) ?? [];
  const again = await agent.open(back);
  expect(inputOf(again.body, 'login')).toContain('value="alicia"');

  const proper = await identify(agent, again, ALICE.login);
  const left = await agent.submit(proper, 'password-submit', { password: ALICE.password });
  expect(callbackOf(left).searchParams.has('code')).toBe(true);
});

test('a hint fills in the name, and is asked about all the same', async () => {
  const { page, uid } = await atLogin(server, { login_hint: ALICE.login });
  expect(new URL(page.url).pathname).toBe(`/interaction/${uid}/login`);
  expect(inputOf(page.body, 'login')).toContain(`value="${ALICE.login}"`);
});

test('the second page leads to the mail, and the mail back to it', async () => {
  const { agent, page, uid } = await atLogin(server);
  const next = await identify(agent, page, ALICE.login);
  const waiting = await askForMail({ agent, page: next }, ALICE.login);
  expect(waiting.body).toContain(`id="code-back" href="/interaction/${uid}/password"`);
  const code = codeIn(await newestMailTo(server, 'alice@example.com', 'magic-link'));
  const back = await agent.submit(waiting, 'code-submit', { code });
  expect(callbackOf(back).searchParams.has('code')).toBe(true);
});

test('an empty name is asked for again', async () => {
  const { agent, page } = await atLogin(server);
  const again = await identify(agent, page, '  ');
  expect([again.status, again.body.includes('id="login-fault"')]).toEqual([422, true]);
});

test('attack 27: the next page is the same for everybody, in text, status, headers and time', async () => {
  const seen = new Set<string>();
  for (const login of [ALICE.login, 'alice@example.com', MALLORY.login, 'nobody', '\u202e']) {
    const { agent, page, uid } = await atLogin(server);
    const { action, fields } = formOf(page.body, 'login-submit');
    const answer = await agent.open(action, { ...fields, login });
    const next = await agent.open(locationOf(answer) ?? '');
    const wrong = await agent.submit(next, 'password-submit', { password: 'x' });
    for (const { status, headers, body } of [answer, next, wrong]) {
      const names = ['location', 'content-type', 'cache-control', 'set-cookie'];
      const text = [status, ...names.map((name) => headers.get(name)), body].join('\n');
      seen.add(text.replaceAll(uid, 'uid').replaceAll(/ value="[^"]*"/g, ''));
    }
  }
  expect(seen.size).toBe(3);
});

test('attack 27: nobody is looked up before they prove it', async () => {
  const { agent, page } = await atLogin(server);
  const { db } = server.services;
  const before = await db.auditEvent.count();
  const lookups: string[] = [];
  const find = db.user.findMany.bind(db.user);
  Object.defineProperty(db.user, 'findMany', {
    configurable: true,
    value: (...query: Parameters<typeof find>) => {
      lookups.push(JSON.stringify(query));
      return find(...query);
    },
  });
  try {
    await identify(agent, page, ALICE.login);
  } finally {
    Object.defineProperty(db.user, 'findMany', { configurable: true, value: find });
  }
  expect(lookups).toEqual([]);
  expect(await db.auditEvent.count()).toBe(before);
});

test('attack 24: the second page does not come before the first, and neither is a proof', async () => {
  const { agent, page, uid } = await atLogin(server);
  const atStart = `${server.issuer}/interaction/${uid}/login`;
  expect(locationOf(await agent.open(`/interaction/${uid}/password`))).toBe(atStart);

  const { csrf = '' } = formOf(page.body, 'login-submit').fields;
  const both = await agent.open(`/interaction/${uid}/login`, { csrf, ...ALICE });
  expect(locationOf(both)).toBe(`${server.issuer}/interaction/${uid}/password`);
  for (const step of ['consent', 'second-factor', 'recovery-codes'])
    expect(locationOf(await agent.open(`/interaction/${uid}/${step}`))).toBe(atStart);
  const empty = await agent.open(`/interaction/${uid}/password`, { csrf });
  expect([empty.status, locationOf(empty)]).toEqual([401, undefined]);
});

test('attack 24: without that setting there is no second page', async () => {
  const combined = await startServer();
  const { agent, page, uid } = await atLogin(combined);
  const { csrf = '' } = formOf(page.body, 'login-submit').fields;
  expect((await agent.open(`/interaction/${uid}/password`)).status).toBe(404);
  expect((await agent.open(`/interaction/${uid}/password`, { csrf, ...ALICE })).status).toBe(404);
  await combined.close();
});
