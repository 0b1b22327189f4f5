// The second factor without a browser: each code counts once, whoever asks; guessing ends soon.
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { addAuthenticator, offeredSeed } from '../../src/identity/second-factors/enrolment.ts';
import {
  hasSecondFactor,
  proveByAuthenticator,
  proveByRecoveryCode,
  removeSecondFactors,
} from '../../src/identity/second-factors/second-factors.ts';
import { codeAt, wrongCodeAt } from '../support/authenticator.ts';
import { clockAhead } from '../support/clock.ts';
import { mailsTo } from '../support/mailbox.ts';
import { createPerson, startServer, type TestServer } from '../support/server.ts';

const FACTS = { requestId: 'test', address: '203.0.113.7' };
const SYSTEM = { type: 'system' } as const;
const clock = clockAhead();
let server: TestServer;
let number = 0;
let userId: string;
let login: string;

beforeAll(async () => {
  server = await startServer({}, { clock });
});

afterAll(() => server.close());

beforeEach(async () => {
  login = `person-${++number}`;
  ({ id: userId } = await createPerson(server, { login, password: 'a long enough password' }));
});

const offer = () => ({ userId, occasion: 'here' });
const seed = () => offeredSeed(server.services, offer());
const code = () => codeAt(seed(), clock.now());
const add = (typed = code()) =>
  addAuthenticator(server.services, { ...offer(), code: typed }, FACTS);
const prove = (typed = code()) =>
  proveByAuthenticator(server.services, { userId, code: typed }, FACTS);
const recover = (typed: string) =>
  proveByRecoveryCode(server.services, { userId, code: typed }, FACTS);
const changes = async () =>
  (await mailsTo(server, `${login}@example.com`)).map(({ text }) => /^.*$/m.exec(text)?.[0]);

const outcomes = async (attempts: Promise<unknown>[]) =>
  (await Promise.allSettled(attempts)).map(({ status }) => status === 'fulfilled');

async function events(): Promise<string[]> {
  const found = await server.services.db.auditEvent.findMany({
    where: { targetId: userId, type: { startsWith: 'second_factor.' } },
    orderBy: { id: 'asc' },
  });
  return found.map(({ type }) => type.replace('second_factor.', ''));
}

test('an authenticator counts from its first right code on', async () => {
  await expect(add(wrongCodeAt(seed(), clock.now()))).rejects.toMatchObject({
    code: 'invalid_code',
  });
  expect(await hasSecondFactor(server.services, userId)).toBe(false);

  const codes = await add();

  expect(codes).toHaveLength(10);
  expect(await hasSecondFactor(server.services, userId)).toBe(true);
  expect(await events()).toEqual(['failed', 'added', 'passed']);
  expect(await changes()).toHaveLength(1);
});

test('neither seed nor codes are at rest in clear', async () => {
  const codes = await add();
  const stored = JSON.stringify([
    await server.services.db.authenticator.findMany(),
    await server.services.db.recoveryCode.findMany(),
    await server.services.db.auditEvent.findMany({ where: { targetId: userId } }),
  ]);
  for (const secret of [seed(), ...codes, ...codes.map((one) => one.replaceAll('-', ''))])
    expect(stored).not.toContain(secret);
});

test('attack 25: a code is taken once, also that of the set-up, and none before it', async () => {
  await add();
  await expect(prove()).rejects.toMatchObject({ code: 'invalid_code' });

  clock.advance(60);
  const before = codeAt(seed(), new Date(clock.now().getTime() - 30_000));
  await prove();
  await expect(prove()).rejects.toMatchObject({ code: 'invalid_code' });
  await expect(prove(before)).rejects.toMatchObject({ code: 'invalid_code' });
});

test('attack 25: of many who use one code at once, one gets in', async () => {
  const codes = await add();
  clock.advance(30);
  const totp = code();

  const byApp = await outcomes(Array.from({ length: 5 }, () => prove(totp)));
  const byRecovery = await outcomes(Array.from({ length: 4 }, () => recover(codes[0] ?? '')));

  expect(byApp.filter(Boolean)).toHaveLength(1);
  expect(byRecovery.filter(Boolean)).toHaveLength(1);
});

test('attack 25: wrong codes of either kind count together, and the right one is then refused too', async () => {
  const [recoveryCode = ''] = await add();
  clock.advance(30);
  const wrong = wrongCodeAt(seed(), clock.now());
  for (let i = 0; i < 5; i++) {
    await expect(prove(wrong)).rejects.toMatchObject({ code: 'invalid_code' });
    await expect(recover('aaaa-bbbb-cccc-dddd')).rejects.toMatchObject({ code: 'invalid_code' });
  }

  for (const attempt of [prove, () => recover(recoveryCode), add])
    await expect(attempt()).rejects.toMatchObject({ refusal: 'too-many' });
});

test('attack 25: a right code forgets the wrong ones', async () => {
  await add();
  clock.advance(30);
  for (let i = 0; i < 8; i++)
    await expect(prove('12345')).rejects.toMatchObject({ code: 'invalid_code' });
  await prove();
  clock.advance(30);
  for (let i = 0; i < 8; i++)
    await expect(prove('12345')).rejects.toMatchObject({ code: 'invalid_code' });
  await prove();
});

test('a recovery code works once, is told by mail, and is nobody else’s', async () => {
  const [mine = '', other = ''] = await add();
  await recover(mine.toUpperCase());
  await expect(recover(mine)).rejects.toMatchObject({ code: 'invalid_code' });
  expect(await server.services.db.recoveryCode.count({ where: { userId } })).toBe(9);
  expect(await changes()).toHaveLength(2);

  const mallory = await createPerson(server, { login: `m-${login}`, password: 'a long password' });
  const theft = { userId: mallory.id, code: other };
  await expect(proveByRecoveryCode(server.services, theft, FACTS)).rejects.toMatchObject({
    code: 'invalid_code',
  });
  expect(await server.services.db.recoveryCode.count({ where: { userId } })).toBe(9);
});

test('of two who set one up at once, one does', async () => {
  const both = await outcomes([add(), add()]);
  expect(both.filter(Boolean)).toHaveLength(1);
  clock.advance(30);
  await expect(add()).rejects.toMatchObject({ code: 'second_factor_exists' });
  expect(await server.services.db.recoveryCode.count({ where: { userId } })).toBe(10);
});

test('what an operator removes is gone, and told once', async () => {
  const codes = await add();
  const remove = () => removeSecondFactors(server.services, userId, SYSTEM);
  expect([await remove(), await remove()]).toEqual([true, false]);

  clock.advance(30);
  for (const attempt of [prove, () => recover(codes[0] ?? '')])
    await expect(attempt()).rejects.toMatchObject({ code: 'invalid_code' });
  expect(await hasSecondFactor(server.services, userId)).toBe(false);
  expect((await events()).filter((type) => type === 'removed')).toHaveLength(1);
  expect(await changes()).toHaveLength(2);
});
