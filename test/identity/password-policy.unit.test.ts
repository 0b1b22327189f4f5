import { expect, test } from '@jest/globals';
import {
  createPasswordChecks,
  type PasswordUse,
} from '../../src/identity/passwords/password-checks.ts';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/operations/log.ts';
import { readPassword } from '../../src/identity/passwords/password-text.ts';
import { passwordChecks } from '../support/passwords.ts';

const alice = { login: 'alice', email: 'wonder.land@example.com', name: 'Alice Liddell' };

async function codeOf(password: string, use: PasswordUse = 'with-second-factor') {
  return (await passwordChecks.findFault(password, alice, use))?.code;
}

test.each([
  'correct horse battery staple',
  'mz7#kQv!',
  'pässwörter sind schön',
  '日本語のパスワード',
  'alice in wonderland',
  'a passport for a dragonfly',
  '27182818284590452',
  'x'.repeat(3) + ' marks the spot ' + 'y'.repeat(109),
])('a person may choose %j', async (password) => {
  expect(await codeOf(password)).toBeUndefined();
});

test.each([
  ['seven77', 'password_too_short'],
  ['', 'password_too_short'],
  ['🐎🐎🐎🐎🐎🐎🐎', 'password_too_short'],
  ['a1 '.repeat(43), 'password_unusable'],
  ['nul\0byte in it', 'password_unusable'],
  ['half a character \ud83d', 'password_unusable'],
  ['password', 'password_common'],
  ['Password123!', 'password_common'],
  ['Summer2026!', 'password_common'],
  ['2026-Summer-Summer', 'password_common'],
  ['passwordpassword', 'password_common'],
  ['Qwertyuiop Asdfghjkl 1', 'password_common'],
  ['ｐａｓｓｗｏｒｄ', 'password_common'],
  ['aaaaaaaa', 'password_common'],
  ['12121212', 'password_common'],
  ['123456789', 'password_common'],
  ['87654321', 'password_common'],
  ['abcdefgh', 'password_common'],
  ['Latchkey1', 'password_personal'],
  ['Alice2026', 'password_personal'],
  ['Alice Liddell 1865', 'password_personal'],
  ['alice-password-2026', 'password_personal'],
  ['localhost localhost', 'password_personal'],
  ['wonder.land', 'password_personal'],
  ['Wonder.Land@example.com', 'password_personal'],
])('%j is refused as %s', async (password, code) => {
  expect(await codeOf(password)).toBe(code);
});

test('a password that is alone has 15 characters, one beside a second factor 8', async () => {
  const [fourteen, fifteen] = ['mz7#kQv!pw2RtX', 'mz7#kQv!pw2RtXb'];
  expect(await codeOf(fourteen, 'alone')).toBe('password_too_short');
  expect(await codeOf(fifteen, 'alone')).toBeUndefined();
  expect(await codeOf('mz7#kQv', 'with-second-factor')).toBe('password_too_short');
  expect(await codeOf('mz7#kQv!', 'with-second-factor')).toBeUndefined();
});

test('how long a password must be is a setting, and the refusal says it', async () => {
  const env = { PASSWORD_MIN_CHARACTERS: '20', PASSWORD_MIN_CHARACTERS_WITH_SECOND_FACTOR: '10' };
  const log = createLogger({ logLevel: 'silent' });
  const checks = createPasswordChecks({ config: readConfig(env, '/project'), log });
  const nineteen = 'mz7#kQv!pw2RtXb9&Lq';
  expect((await checks.findFault(nineteen, alice, 'alone'))?.message).toContain('20 characters');
  expect(await checks.findFault(nineteen, alice, 'with-second-factor')).toBeUndefined();
});

test('the name that the server has from its settings is a context word', async () => {
  const log = createLogger({ logLevel: 'silent' });
  const checks = createPasswordChecks({
    config: readConfig({ BRAND_NAME: 'Northwind Traders' }, '/project'),
    log,
  });
  for (const password of ['NorthwindTraders2026!', 'traders northwind 123'])
    expect((await checks.findFault(password, alice, 'alone'))?.code).toBe('password_personal');
});

test('a million characters are refused without being looked at', () => {
  const text = '\ufdfa'.repeat(1_000_000); // 18 million characters, once normalised
  const times = [1, 2, 3].map(() => {
    const start = performance.now();
    expect(readPassword(text)).toBeUndefined();
    return performance.now() - start;
  });
  expect(Math.min(...times)).toBeLessThan(20);
});

test('a text that grows beyond the limit when it is normalised is refused', () => {
  expect(readPassword('\ufdfa'.repeat(20))).toBeUndefined(); // one ligature, 18 characters
});

test('a password of 128 characters typed in pieces is as long as it looks', () => {
  expect(readPassword('e\u0301'.repeat(128))).toBe('é'.repeat(128));
});
