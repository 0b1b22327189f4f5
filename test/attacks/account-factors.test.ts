// Attacks on the second factor by way of the account's pages: set up or taken away by whoever finds an open session, or
// knows the password alone (25); forged forms (22); pages without a session (24); what belongs to others (39).
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { addAuthenticator, offeredSeed } from '../../src/identity/second-factors/enrolment.ts';
import { type Agent, createAgent, formOf, locationOf } from '../support/agent.ts';
import { codeAt } from '../support/authenticator.ts';
import { clockAhead } from '../support/clock.ts';
import { ALICE, createPerson, startServer, type TestServer } from '../support/server.ts';

const FACTS = { requestId: 'test', address: '203.0.113.7' };
const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';
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

function nextCode(seed: string): string {
  clock.advance(30);
  return codeAt(seed, clock.now());
}

/** As the person does in another browser. */
async function setUp({ id: userId }: Person): Promise<string> {
  const offer = { userId, occasion: 'elsewhere' };
  const seed = offeredSeed(server.services, offer);
  await addAuthenticator(server.services, { ...offer, code: nextCode(seed) }, FACTS);
  return seed;
}

/** With the password alone, and with a code where there is a seed. */
async function enter({ login, password }: Person, path: string, seed?: string) {
  const agent = createAgent(server.issuer);
  let page = await agent.submit(await agent.browse(path), 'login-submit', { login, password });
  if (seed) page = await agent.submit(page, 'second-factor-submit', { code: nextCode(seed) });
  return { agent, page };
}

const snapshot = async ({ id: userId }: Person) => ({
  apps: await server.services.db.authenticator.findMany({
    where: { userId },
    select: { sealedSeed: true },
  }),
  codes: await server.services.db.recoveryCode.findMany({
    where: { userId },
    select: { codeHash: true },
    orderBy: { codeHash: 'asc' },
  }),
});

const keyIn = ({ body }: { body: string }) => /id="key">([^<]+)</.exec(body)?.[1] ?? '';

/** The forgery token of the browser, from a page that asks for no more than a session. */
async function csrfOf(agent: Agent) {
  const { body } = await agent.open('/account/profile');
  return String(formOf(body, 'profile-submit').fields['csrf']);
}

const FORMS = [
  '/account/authenticator',
  '/account/authenticator/replacement',
  '/account/authenticator/removal',
  '/account/recovery-codes',
];
const PAGES = [...FORMS, '/account/authenticator/qr-code'];

test('attack 25: whoever finds an open session, ten minutes after its sign-in, sets up no app', async () => {
  const alice = await person();
  const { agent, page } = await enter(alice, '/account/authenticator');
  const { action, fields } = formOf(page.body, 'authenticator-submit');
  clock.advance(601);

  const answer = await agent.open(action, { ...fields, code: nextCode(keyIn(page)) });

  expect(locationOf(answer)).toContain('prompt=login');
  for (const path of PAGES) expect(locationOf(await agent.open(path))).toContain('prompt=login');
  expect(await snapshot(alice)).toEqual({ apps: [], codes: [] });
});

test('attack 25: a fresh sign-in by password alone changes nothing of a second factor that came since', async () => {
  const alice = await person();
  const { agent, page } = await enter(alice, '/account/authenticator');
  const seed = await setUp(alice);
  const before = await snapshot(alice);
  const csrf = await csrfOf(agent);
  const offered = formOf(page.body, 'authenticator-submit').fields;
  const code = nextCode(keyIn(page));

  for (const path of FORMS) {
    const asked = locationOf(await agent.open(path, { ...offered, csrf, code })) ?? '';
    expect(new URL(asked).searchParams.get('acr_values')).toBe(AAL2);
    expect(locationOf(await agent.open(path))).toBe(asked);
  }
  expect(await snapshot(alice)).toEqual(before);

  // With the second factor, the same browser may.
  const step = await agent.browse('/account/authenticator/removal');
  expect(step.url).toMatch(/\/second-factor$/);
  await agent.submit(step, 'second-factor-submit', { code: nextCode(seed) });
  await agent.submit(
    await agent.open('/account/authenticator/removal'),
    'authenticator-removal-submit',
  );
  expect(await snapshot(alice)).toEqual({ apps: [], codes: [] });
});

test('attack 25: a sign-in with both factors that is ten minutes old removes nothing either', async () => {
  const alice = await person();
  const seed = await setUp(alice);
  const { agent } = await enter(alice, '/account/authenticator', seed);
  const removal = await agent.open('/account/authenticator/removal');
  const { action, fields } = formOf(removal.body, 'authenticator-removal-submit');
  const before = await snapshot(alice);
  clock.advance(601);
  expect(locationOf(await agent.open(action, fields))).toContain('prompt=login');
  expect(await snapshot(alice)).toEqual(before);
});

test('attack 25: an offer is one person’s: nobody has the seed of another, or of a sign-in', async () => {
  const [alice, mallory] = [await person(), await person()];
  const mine = await enter(alice, '/account/authenticator');
  const { occasion } = formOf(mine.page.body, 'authenticator-submit').fields;
  const theirs = await enter(mallory, '/account/authenticator');
  const form = formOf(theirs.page.body, 'authenticator-submit');
  const tried = await theirs.agent.open(form.action, {
    ...form.fields,
    occasion: String(occasion),
    code: '000000',
  });
  expect(keyIn(tried)).not.toBe(keyIn(mine.page));
  const seed = offeredSeed(server.services, { userId: mallory.id, occasion: String(occasion) });
  expect(keyIn(tried).replaceAll(' ', '')).not.toBe(seed);
  for (const odd of ['', 'x', `${String(occasion)}x`, '../../../etc/passwd'])
    expect((await theirs.agent.open(form.action, { ...form.fields, occasion: odd })).status).toBe(
      400,
    );
});

const FORGERIES: { headers?: Record<string, string>; csrf?: string }[] = [
  { headers: { origin: 'https://evil.example' } },
  { headers: { origin: 'null' } },
  { headers: { 'sec-fetch-site': 'same-site' } },
  { csrf: '' },
  { csrf: 'x'.repeat(43) },
  { headers: { 'content-type': 'text/plain' } },
];

const BUTTONS: Record<string, { path: string; button: string; isSetUp: boolean }> = {
  'setting an app up': {
    path: '/account/authenticator',
    button: 'authenticator-submit',
    isSetUp: false,
  },
  'moving to another app': {
    path: '/account/authenticator/replacement',
    button: 'authenticator-submit',
    isSetUp: true,
  },
  'removing the app': {
    path: '/account/authenticator/removal',
    button: 'authenticator-removal-submit',
    isSetUp: true,
  },
  'new recovery codes': {
    path: '/account/recovery-codes',
    button: 'recovery-codes-submit',
    isSetUp: true,
  },
};

describe.each(Object.entries(BUTTONS))('attack 22: %s', (name, { path, button, isSetUp }) => {
  test(`attack 22: ${name}, forged, changes nothing; as it was meant, it does`, async () => {
    const alice = await person();
    const { agent } = await enter(alice, path, isSetUp ? await setUp(alice) : undefined);
    const page = await agent.open(path);
    const { action, fields } = formOf(page.body, button);
    const meant = {
      ...fields,
      ...(fields['code'] !== undefined && { code: nextCode(keyIn(page)) }),
    };
    const before = await snapshot(alice);
    for (const { headers, csrf } of FORGERIES) {
      const form = { ...meant, ...(csrf !== undefined && { csrf }) };
      expect([400, 403]).toContain((await agent.open(action, form, headers)).status);
    }
    expect(await snapshot(alice)).toEqual(before);

    expect((await agent.open(action, meant)).status).toBeLessThan(400);
    expect(await snapshot(alice)).not.toEqual(before);
  });
});

test('attack 22: the file of codes is made for forms of ours alone', async () => {
  const alice = await person();
  const { agent } = await enter(alice, '/account/profile');
  const codes = 'abcd-abcd-abcd-abcd';
  const csrf = await csrfOf(agent);
  const path = '/account/recovery-codes/file';
  expect((await agent.open(path, { csrf, codes })).status).toBe(200);
  expect((await agent.open(path, { csrf: '', codes })).status).toBe(403);
  const elsewhere = { origin: 'https://evil.example' };
  expect((await agent.open(path, { csrf, codes }, elsewhere)).status).toBe(403);
});

test.each(['GET', 'POST'])(
  'attack 24: none of the pages by %s without a session',
  async (method) => {
    for (const path of [...PAGES, '/account/recovery-codes/file']) {
      const answer = await createAgent(server.issuer).open(
        path,
        method === 'POST' ? {} : undefined,
      );
      const isLedToSignIn = locationOf(answer)?.startsWith(`${server.issuer}/auth?`);
      expect({ path, refused: isLedToSignIn || answer.status === 404 }).toEqual({
        path,
        refused: true,
      });
    }
  },
);

test('attack 43: nobody fills a mailbox by changing a second factor again and again', async () => {
  const limited = await startServer({}, { clock });
  try {
    const { id } = await createPerson(limited, ALICE);
    const offer = { userId: id, occasion: 'here' };
    const seed = offeredSeed(limited.services, offer);
    await addAuthenticator(limited.services, { ...offer, code: nextCode(seed) }, FACTS);
    const agent = createAgent(limited.issuer);
    const asked = await agent.submit(
      await agent.browse('/account/recovery-codes'),
      'login-submit',
      ALICE,
    );
    const page = await agent.submit(asked, 'second-factor-submit', { code: nextCode(seed) });
    const statuses = [];
    for (let i = 0; i < 22; i++)
      statuses.push((await agent.submit(page, 'recovery-codes-submit')).status);
    expect(statuses).toEqual([...Array<number>(20).fill(200), 429, 429]);
  } finally {
    await limited.close();
  }
}, 30_000);
