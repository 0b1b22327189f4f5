// Attack 29: names and passwords that are not what they look like, or more than they ought to be.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createUser } from '../../src/identity/users/users.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { type Guessing, guessing } from '../support/stranger.ts';

const SYSTEM = { type: 'system' } as const;
/** With letters that Unicode can spell in several ways. */
const PASSWORD = 'Crème brûlée und Ångström ﬁnis';
const ZOE = { login: 'zoë', email: 'zoe.stark@gmail.com', password: PASSWORD };

let server: TestServer;
let guesser: Guessing;
let used = 0;

beforeAll(async () => {
  server = await startServer({ TRUSTED_PROXIES: '127.0.0.1' });
  await createUser(server.services, ZOE, SYSTEM);
});

beforeEach(async () => {
  guesser = await guessing(server);
  await server.services.db.auditEvent.deleteMany();
});

afterAll(() => server.close());

const events = () => server.services.db.auditEvent.findMany();

/** From another address each time, so that none is delayed. */
async function signInAs(login: string, password: string) {
  used += 1;
  const { status } = await guesser.guess({ login, password }, `192.0.2.${used}`);
  if (status === 303) guesser = await guessing(server); // the form is used up
  return status;
}

test('attack 29: a password of a megabyte is refused before it is read, and leaves nothing', async () => {
  expect(await signInAs('zoë', 'x'.repeat(1024 * 1024))).toBe(413);
  expect(await signInAs('zoë', 'x'.repeat(60_000))).toBe(400);
  expect(await signInAs('x'.repeat(60_000), PASSWORD)).toBe(400);
  expect(await events()).toEqual([]);
});

test('attack 29: what is too long for a password is as wrong as any other', async () => {
  expect(await signInAs('zoë', `${PASSWORD}${'x'.repeat(4000)}`)).toBe(401);
  expect(await signInAs('zoë', PASSWORD.repeat(5))).toBe(401);
});

test('attack 29: a password is the same from every keyboard', async () => {
  for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'])
    expect(await signInAs('zoë', PASSWORD.normalize(form))).toBe(303);
  expect(await signInAs('zoë', PASSWORD.toLowerCase())).toBe(401);
  expect(await signInAs('zoë', PASSWORD.normalize('NFD').replaceAll(/\p{M}/gu, ''))).toBe(401);
  expect(await signInAs('zoë', ` ${PASSWORD}`)).toBe(401);
});

test('attack 29: half a character is no password, and no fault of ours', async () => {
  expect(await signInAs('zoë', `${PASSWORD}\ud800`)).toBe(401);
  expect(await signInAs('zo\ud800', PASSWORD)).toBe(401);
});

test('attack 29: NUL ends no name and no password', async () => {
  expect(await signInAs('zoë\0', PASSWORD)).toBe(400);
  expect(await signInAs('zoë', `${PASSWORD}\0`)).toBe(400);
  expect(await signInAs('zoë', `${PASSWORD}\0more`)).toBe(400);
  expect(await events()).toEqual([]);
});

test('attack 29: one name is one name, however it is spelled, and has one count', async () => {
  const spellings = ['zoë', 'ZOË', 'zoe\u0308', ' zoë ', 'ｚｏë'];
  for (const login of spellings) expect(await signInAs(login, PASSWORD)).toBe(303);

  const from = '198.51.100.1';
  const guess = (login: string) => guesser.guess({ login, password: 'x' }, from);
  await server.services.db.rateLimit.deleteMany();
  for (const login of spellings) expect((await guess(login)).status).toBe(401);
  const places = await server.services.db.rateLimit.findMany({
    where: { key: { startsWith: 'signInByAccountAndAddress:' } },
  });
  expect(places.map(({ points }) => points)).toEqual([spellings.length]);
});

const OTHERS = {
  'a letter of another alphabet': 'zоe.stark@gmail.com',
  'a letter of another alphabet in the domain': 'zoe.stark@gmaіl.com',
  'a dot fewer, which Gmail would ignore': 'zoestark@gmail.com',
  'a dot more, which Gmail would ignore': 'z.oe.stark@gmail.com',
  'something after a plus': 'zoe.stark+work@gmail.com',
  'the other domain of Gmail': 'zoe.stark@googlemail.com',
  'an invisible character': 'zoe.stark\u200b@gmail.com',
  'a comment': 'zoe.stark(me)@gmail.com',
  quotes: '"zoe.stark"@gmail.com',
  'a dot at the end': 'zoe.stark@gmail.com.',
  'a name around it': 'Zoë <zoe.stark@gmail.com>',
  'two of them': 'zoe.stark@gmail.com,mallory@example.com',
  'a wildcard': 'zoe.stark@gmail%',
};

test.each(Object.entries(OTHERS))(
  'attack 29: an address with %s is another one',
  async (_, email) => {
    expect(await signInAs('zoe.stark@gmail.com', PASSWORD)).toBe(303);
    expect(await signInAs(email, PASSWORD)).toBe(401);
    expect(await events()).toContainEqual(
      expect.objectContaining({ type: 'sign_in.failed', detail: { reason: 'unknown_user' } }),
    );
  },
);

test('attack 29: an address that only looks like another can be nobody’s', async () => {
  for (const email of ['zоe.stark@gmail.com', 'zoe.stark@gmaіl.com', 'zoe.stark\u200b@gmail.com'])
    await expect(
      createUser(server.services, { login: 'mallory', email }, SYSTEM),
    ).rejects.toMatchObject({ code: 'email_malformed' });
  expect(await server.services.db.user.count()).toBe(1);
});
