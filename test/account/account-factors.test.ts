// The authenticator app and the recovery codes at /account, through the door that people use.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAgent, formOf, type Page } from '../support/agent.ts';
import { codeAt, wrongCodeAt } from '../support/authenticator.ts';
import { clockAhead } from '../support/clock.ts';
import { mailsTo } from '../support/mailbox.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const clock = clockAhead();
let server: TestServer;
let names = 0;

beforeAll(async () => {
  server = await startServer({ INSECURE_NO_RATE_LIMITS: 'true' }, { clock });
});

afterAll(() => server.close());

async function person() {
  const login = `alice${++names}`;
  const { id } = await createPerson(server, { ...ALICE, login });
  return { ...ALICE, login, id };
}

type Person = Awaited<ReturnType<typeof person>>;

/** The code that the app shows after those it showed before. */
function nextCode(seed: string): string {
  clock.advance(30);
  return codeAt(seed, clock.now());
}

/** Opens a page of the account in a new browser, and signs in on the way, with a code where there is a seed. */
async function enter(
  { login, password }: Person,
  { path, seed }: { path: string; seed?: string },
  agent = createAgent(server.issuer),
) {
  let page = await agent.submit(await agent.browse(path), 'login-submit', { login, password });
  if (seed) page = await agent.submit(page, 'second-factor-submit', { code: nextCode(seed) });
  return { agent, page };
}

const keyIn = ({ body }: Page) => /id="key">([^<]+)</.exec(body)?.[1] ?? '';
const codesIn = ({ body }: Page) =>
  [...body.matchAll(/<code>([a-z2-7-]{19})<\/code>/g)].map(([, code]) => code ?? '');

/** Sets the app up at the account; with its seed and recovery codes. */
async function setUp(who: Person) {
  const { agent, page } = await enter(who, { path: '/account/authenticator' });
  const seed = keyIn(page);
  const done = await agent.submit(page, 'authenticator-submit', { code: nextCode(seed) });
  return { agent, seed, codes: codesIn(done), done };
}

const factorsOf = async ({ id: userId }: Person) => ({
  apps: await server.services.db.authenticator.count({ where: { userId } }),
  codes: await server.services.db.recoveryCode.count({ where: { userId } }),
});

const eventsOf = (type: string, { id }: Person) =>
  server.services.db.auditEvent.count({ where: { type, targetId: id } });

const changes = async ({ login }: Person) =>
  (await mailsTo(server, `${login}@example.com`)).map(({ text }) => text);

/** A sign-in with the password and a recovery code: the status of its last page. */
async function recover({ login, password }: Person, code: string): Promise<boolean> {
  const agent = createAgent(server.issuer);
  const asked = await agent.submit(await agent.browse('/account'), 'login-submit', {
    login,
    password,
  });
  const page = await agent.open(
    /id="use-recovery-code" href="([^"]+)"/.exec(asked.body)?.[1] ?? '',
  );
  return (await agent.submit(page, 'recovery-code-submit', { code })).status === 200;
}

test('a person sets an app up; its codes are shown once, and from then on it is asked for', async () => {
  const alice = await person();
  const { agent, page } = await enter(alice, { path: '/account/authenticator' });
  const seed = keyIn(page);
  const [, image = ''] = /class="qr" src="([^"]+)"/.exec(page.body) ?? [];
  const qrCode = await agent.open(image);
  expect([qrCode.status, qrCode.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);

  const wrong = { code: wrongCodeAt(seed, clock.now()) };
  const refused = await agent.submit(page, 'authenticator-submit', wrong);
  expect([refused.status, keyIn(refused)]).toEqual([401, seed]);
  const done = await agent.submit(refused, 'authenticator-submit', { code: nextCode(seed) });

  expect(codesIn(done)).toHaveLength(10);
  expect(await factorsOf(alice)).toEqual({ apps: 1, codes: 10 });
  expect(await eventsOf('second_factor.added', alice)).toBe(1);
  expect(await changes(alice)).toHaveLength(1);
  const { page: again } = await enter(alice, { path: '/account', seed });
  expect(again.body).toContain('id="security-card"');
  expect(again.body).toContain('10 codes left');
  expect(again.body).not.toContain('id="few-recovery-codes"');
});

test('the history tells of a code that was refused after the right password', async () => {
  const alice = await person();
  const { seed } = await setUp(alice);
  const { agent, page } = await enter(alice, { path: '/account/security' });
  const wrong = await agent.submit(page, 'second-factor-submit', {
    code: wrongCodeAt(seed, clock.now()),
  });
  const history = await agent.submit(wrong, 'second-factor-submit', { code: nextCode(seed) });
  expect(history.body.match(/A second factor was refused/g)).toHaveLength(1);
});

test('the recovery codes as a file are those of the page, and nothing else', async () => {
  const alice = await person();
  const { agent, codes, done } = await setUp(alice);
  const { action, fields } = formOf(done.body, 'recovery-codes-download');

  const file = await agent.open(action, fields);

  expect(file.headers.get('content-disposition')).toContain('latchkey-recovery-codes.txt');
  expect(file.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(file.body.trim().split('\n').slice(2)).toEqual(codes);
  expect(file.body).toContain(alice.login);
  for (const odd of ['', '<script>', 'abcd-abcd-abcd-abcd\nx', `${codes.join(' ')} more`])
    expect((await agent.open(action, { ...fields, codes: odd })).status).toBe(400);
});

test('who has set it up just now, with the password alone, proves the app before changing it', async () => {
  const alice = await person();
  const { agent, seed } = await setUp(alice);
  const asked = await agent.browse('/account/authenticator');
  expect(asked.url).toMatch(/\/second-factor$/);
  const page = await agent.submit(asked, 'second-factor-submit', { code: nextCode(seed) });
  expect(page.body).toContain('id="authenticator-remove"');
});

test('new recovery codes: the old ones are dead at once', async () => {
  const alice = await person();
  const { seed, codes: old } = await setUp(alice);
  const { agent, page } = await enter(alice, { path: '/account/recovery-codes', seed });
  expect(page.body).toContain('10 codes left');

  const made = await agent.submit(page, 'recovery-codes-submit');

  const codes = codesIn(made);
  expect(codes).toHaveLength(10);
  expect(codes).not.toContain(old[0]);
  expect(await recover(alice, old[0] ?? '')).toBe(false);
  expect(await recover(alice, codes[0] ?? '')).toBe(true);
  expect((await agent.browse('/account/recovery-codes')).body).toContain('9 codes left');
  expect(await eventsOf('second_factor.codes_made', alice)).toBe(1);
  expect(await changes(alice)).toHaveLength(3);
});

test('of two who make codes at once, the codes of one work', async () => {
  const alice = await person();
  const { seed } = await setUp(alice);
  const { agent, page } = await enter(alice, { path: '/account/recovery-codes', seed });
  await Promise.all([1, 2, 3].map(() => agent.submit(page, 'recovery-codes-submit')));
  expect(await factorsOf(alice)).toEqual({ apps: 1, codes: 10 });
});

test('with two left, the account says so', async () => {
  const alice = await person();
  const { seed } = await setUp(alice);
  const rows = await server.services.db.recoveryCode.findMany({
    where: { userId: alice.id },
    take: 8,
  });
  const used = rows.map(({ codeHash }) => codeHash);
  await server.services.db.recoveryCode.deleteMany({ where: { codeHash: { in: used } } });
  const { agent, page } = await enter(alice, { path: '/account', seed });
  expect(page.body).toContain('id="few-recovery-codes"');
  expect((await agent.browse('/account/recovery-codes')).body).toContain('id="recovery-codes-few"');
});

test('moving to another app: the old one and its codes end with the first code of the new one', async () => {
  const alice = await person();
  const { seed: old, codes } = await setUp(alice);
  const { agent } = await enter(alice, { path: '/account/authenticator', seed: old });
  const page = await agent.browse('/account/authenticator/replacement');
  const seed = keyIn(page);
  expect(seed).not.toBe(old);

  const wrong = await agent.submit(page, 'authenticator-submit', { code: nextCode(old) });
  expect(wrong.status).toBe(401);
  const done = await agent.submit(wrong, 'authenticator-submit', { code: nextCode(seed) });

  expect(codesIn(done)).toHaveLength(10);
  expect(await factorsOf(alice)).toEqual({ apps: 1, codes: 10 });
  const entered = await enter(alice, { path: '/account', seed });
  expect(entered.page.status).toBe(200);
  const stale = await enter(alice, { path: '/account', seed: old });
  expect(stale.page.status).toBe(401);
  expect(await recover(alice, codes[0] ?? '')).toBe(false);
  expect((await changes(alice))[0]).toContain('replaced');
  expect([
    await eventsOf('second_factor.added', alice),
    await eventsOf('second_factor.removed', alice),
  ]).toEqual([2, 1]);
});

test('removing the app takes the codes with it; a second time changes nothing', async () => {
  const alice = await person();
  const { seed } = await setUp(alice);
  const { agent, page } = await enter(alice, { path: '/account/authenticator', seed });
  expect(page.body).toContain('id="authenticator-remove"');
  const confirm = await agent.browse('/account/authenticator/removal');
  expect(await factorsOf(alice)).toEqual({ apps: 1, codes: 10 });

  const after = await agent.submit(confirm, 'authenticator-removal-submit');

  expect(after.body).toContain('id="authenticator-submit"');
  expect(await factorsOf(alice)).toEqual({ apps: 0, codes: 0 });
  expect((await agent.submit(confirm, 'authenticator-removal-submit')).status).toBe(200);
  expect(await eventsOf('second_factor.removed', alice)).toBe(1);
  expect((await enter(alice, { path: '/account' })).page.body).toContain('Not set up');
  const none = await agent.browse('/account/recovery-codes');
  expect(none.body).toContain('id="no-recovery-codes"');
  const { csrf = '' } = formOf(confirm.body, 'authenticator-removal-submit').fields;
  expect((await agent.open('/account/recovery-codes', { csrf })).status).toBe(409);
});

test('a second tab that was slower is led to the app that there is', async () => {
  const alice = await person();
  const { agent, page } = await enter(alice, { path: '/account/authenticator' });
  const tab = await agent.browse('/account/authenticator');
  await agent.submit(page, 'authenticator-submit', { code: nextCode(keyIn(page)) });
  const { action, fields } = formOf(tab.body, 'authenticator-submit');
  const late = await agent.open(action, { ...fields, code: nextCode(keyIn(tab)) });
  expect(late.status).toBe(303);
  expect(await factorsOf(alice)).toEqual({ apps: 1, codes: 10 });
});
