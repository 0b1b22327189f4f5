import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Agent, createAgent, formOf, type Page } from '../support/agent.ts';
import { type TestServer, startServer } from '../support/server.ts';

const ALICE = {
  name: 'Alice Example',
  email: 'alice@example.com',
  login: 'alice',
  password: 'correct horse battery staple',
  passwordAgain: 'correct horse battery staple',
};

let server: TestServer;
let browser: Agent;

beforeEach(async () => {
  server = await startServer();
  browser = createAgent(server.issuer);
});

afterEach(() => server.close());

const link = () => server.setupUrl ?? '';
const people = () => server.services.db.user.findMany();
const refusals = () =>
  server.services.db.auditEvent.count({ where: { type: 'installation.setup_refused' } });

async function submit(fields: Partial<typeof ALICE> = {}): Promise<Page> {
  return browser.submit(await browser.open(link()), 'setup-submit', { ...ALICE, ...fields });
}

test('the link creates the first administrator, once', async () => {
  expect((await browser.open('/setup/done')).status).toBe(404);

  const sent = await send();
  expect([sent.status, sent.headers.get('location')]).toEqual([303, '/setup/done']);
  expect(await people()).toEqual([
    expect.objectContaining({ login: 'alice', name: 'Alice Example', administrator: true }),
  ]);

  for (const visitor of [browser, browser, createAgent(server.issuer)]) {
    const done = await visitor.open('/setup/done');
    expect(done.status).toBe(200);
    expect(done.body).toContain('All set');
    expect(done.body).not.toContain('alice');
  }

  const used = await browser.open(link());
  expect(used.status).toBe(404);
  expect(used.body).toContain('<h1>This link is used up</h1>');
  expect(used.body).toContain('href="/"');
  expect((await browser.open('/setup')).status).toBe(404);
  expect((await browser.open('/setup?token=')).status).toBe(404);
});

/** As `submit`, but its redirect is not followed. */
async function send(): Promise<Page> {
  const { action, fields } = formOf((await browser.open(link())).body, 'setup-submit');
  return browser.open(action, { ...fields, ...ALICE });
}

test('all faults are told at once, each beside its field', async () => {
  const again = await submit({ email: 'nowhere', password: 'short', passwordAgain: 'other' });

  expect(faultyFields(again)).toEqual(['email', 'password', 'password-again']);
  expect(again.body).toContain('3 things need another look.');
  expect(again.body).toMatch(/<input\s+id="email"[^>]*autofocus/);
  expect(again.body).toContain('At least 15 characters.');

  const empty = { name: '', email: ' ', login: '', password: '', passwordAgain: '' };
  expect(faultyFields(await submit(empty))).toEqual([
    'name',
    'email',
    'login',
    'password',
    'password-again',
  ]);
  expect(faultyFields(await submit({ login: 'bob@example.com' }))).toEqual(['login']);
});

/** Of the inputs, those that are marked as faulty and named by a text that is there. */
function faultyFields({ body }: Page): string[] {
  const inputs = [...body.matchAll(/<input\s[^>]*aria-invalid="true"[^>]*>/g)];
  return inputs.flatMap(([tag]) => {
    const id = /\sid="([^"]+)"/.exec(tag)?.[1] ?? '';
    const isTied = /aria-describedby="([^"]+)"/.exec(tag)?.[1]?.split(' ').includes(`${id}-fault`);
    return isTied && body.includes(`id="${id}-fault"`) ? [id] : [];
  });
}

test('a faulty form comes back with what was typed, the fault beside the field, and the link', async () => {
  const again = await submit({ password: 'password12345678', passwordAgain: 'password12345678' });
  expect(again.status).toBe(422);
  expect(again.body).toContain('id="password-fault"');
  expect(again.body).toContain('value="alice@example.com"');
  expect(again.body).not.toContain('password1234');

  const unequal = await browser.submit(again, 'setup-submit', { ...ALICE, passwordAgain: 'other' });
  expect(unequal.body).toContain('id="password-again-fault"');
  for (const [field, value] of Object.entries({
    login: 'a b',
    email: 'nowhere',
    name: 'a\u202eb',
  })) {
    const page = await browser.submit(unequal, 'setup-submit', { ...ALICE, [field]: value });
    expect(page.body).toContain(`id="${field}-fault"`);
  }
  expect(await people()).toEqual([]);

  const done = await browser.submit(unequal, 'setup-submit', ALICE);
  expect(done.status).toBe(200);
});

test('the form says how long a password must be', async () => {
  expect((await browser.open(link())).body).toContain('At least 15 characters.');
});

test('after a refusal the form says how hard the password was to guess, and not before', async () => {
  expect((await browser.open(link())).body).not.toContain('<meter');
  const short = 'password123';
  const weak = await submit({ password: short, passwordAgain: short });
  expect(weak.body).toMatch(/very weak<\/strong>\s*<meter [^>]*value="0"/);

  const unequal = await submit({ passwordAgain: 'something else altogether' });
  expect(unequal.body).toMatch(/strong<\/strong>\s*<meter [^>]*value="4"/);
  const own = 'alice@example.comalice@example.com';
  const personal = await submit({ password: own, passwordAgain: own });
  expect(personal.body).toMatch(/weak<\/strong>\s*<meter [^>]*value="[01]"/);
  const none = await submit({ password: '', passwordAgain: '' });
  expect(none.body).not.toContain('<meter');
});

test('a wrong link leads nowhere, tells nothing and is on record', async () => {
  for (const path of ['/setup', '/setup?token=guess', `/setup?token=${'x'.repeat(100)}`]) {
    const page = await browser.open(path);
    expect(page.status).toBe(404);
    expect(page.body).not.toContain('<form');
  }
  expect(await refusals()).toBe(3);
  expect(server.log.join('')).not.toContain(new URL(link()).searchParams.get('token'));
});

test('guessing the link stops after ten attempts', async () => {
  for (let guess = 0; guess < 11; guess++) await browser.open(`/setup?token=guess-${guess}`);
  const page = await browser.open(link());
  expect(page.status).toBe(429);
  expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('attack 22: the form is not taken from another site, nor without its token', async () => {
  const { pathname, search } = new URL(link());
  await browser.open(link());
  expect((await browser.open(pathname + search, ALICE)).status).toBe(403);

  const form = /name="csrf" value="([^"]+)"/.exec((await browser.open(link())).body)?.[1] ?? '';
  const elsewhere = { origin: 'https://evil.example.com' };
  const forged = await browser.open(pathname + search, { ...ALICE, csrf: form }, elsewhere);
  expect(forged.status).toBe(403);
  expect(await people()).toEqual([]);
});

test('attack 38: nobody becomes more than the form offers', async () => {
  const page = await browser.open(link());
  await browser.submit(page, 'setup-submit', { ...ALICE, emailVerified: 'true', id: 'chosen' });
  const [alice] = await people();
  expect(alice).toMatchObject({ login: 'alice', emailVerified: false });
  expect(alice?.id).not.toBe('chosen');
});

test('of four browsers that send the form at once, one creates the administrator', async () => {
  const visits = await Promise.all(
    ['alice', 'bob', 'carol', 'dave'].map(async (login) => {
      const agent = createAgent(server.issuer);
      return { agent, login, page: await agent.open(link()) };
    }),
  );
  const outcomes = await Promise.all(
    visits.map(({ agent, login, page }) =>
      agent.submit(page, 'setup-submit', { ...ALICE, email: `${login}@example.com`, login }),
    ),
  );
  expect(outcomes.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    200, 404, 404, 404,
  ]);
  expect(await people()).toHaveLength(1);
});
