import { expect, test } from '@jest/globals';
import { findPasswordFault } from '../../src/identity/passwords/password-policy.ts';
import { readPassword } from '../../src/identity/passwords/password-text.ts';

const alice = { login: 'alice', email: 'wonder.land@example.com' };

const codeOf = (password: string) => findPasswordFault(password, alice)?.code;

test.each([
  'correct horse battery staple',
  'mz7#kQv!',
  'pässwörter sind schön',
  '日本語のパスワード',
  'alice in wonderland',
  'x'.repeat(3) + ' marks the spot ' + 'y'.repeat(109),
])('a person may choose %j', (password) => {
  expect(codeOf(password)).toBeUndefined();
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
  ['ｐａｓｓｗｏｒｄ', 'password_common'],
  ['aaaaaaaa', 'password_common'],
  ['12121212', 'password_common'],
  ['123456789', 'password_common'],
  ['87654321', 'password_common'],
  ['abcdefgh', 'password_common'],
  ['Latchkey1', 'password_personal'],
  ['Alice2026', 'password_personal'],
  ['wonder.land', 'password_personal'],
  ['Wonder.Land@example.com', 'password_personal'],
])('%j is refused as %s', (password, code) => {
  expect(codeOf(password)).toBe(code);
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
