import { expect, test } from '@jest/globals';
import {
  hashRecoveryCode,
  newRecoveryCodes,
} from '../../src/identity/second-factors/recovery-code.ts';
import { deriveSeed, otpauthUri, stepOfCode } from '../../src/identity/second-factors/totp-code.ts';
import { codeAt } from '../support/authenticator.ts';

/** `12345678901234567890`, the seed of RFC 6238 Appendix B. */
const SEED = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

// RFC 6238 Appendix B, the last six of the eight digits there.
test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('at %d seconds the code is %s', (seconds, code) => {
  const step = Math.floor(seconds / 30);
  expect(stepOfCode(SEED, code, new Date(seconds * 1000))).toBe(step);
});

test.each([
  [-60, undefined],
  [-30, 2],
  [0, 2],
  [30, 2],
  [60, undefined],
])('a code is taken by a clock that is %d seconds off: step %s', (seconds, step) => {
  const code = codeAt(SEED, new Date(75_000));
  expect(stepOfCode(SEED, code, new Date((75 + seconds) * 1000))).toBe(step);
});

test.each(['', '28708', '2870822', 'abcdef', '２８７０８２', '28 70 8', '-87082', "' OR 1=1"])(
  '%j is no code',
  (code) => {
    expect(stepOfCode(SEED, code, new Date(59_000))).toBeUndefined();
  },
);

test('a code may be typed as the app groups it', () => {
  expect(stepOfCode(SEED, ' 287 082 ', new Date(59_000))).toBe(1);
});

test('a seed has 160 bits, and differs by key and occasion', () => {
  const key = Buffer.alloc(32, 1);
  const seed = deriveSeed(key, 'one');
  expect(seed).toMatch(/^[A-Z2-7]{32}$/);
  expect(deriveSeed(key, 'one')).toBe(seed);
  expect(deriveSeed(key, 'two')).not.toBe(seed);
  expect(deriveSeed(Buffer.alloc(32, 2), 'one')).not.toBe(seed);
});

test('the app is told whose code it is', () => {
  const uri = new URL(otpauthUri(SEED, { issuer: 'id.example.com', account: 'alice@x.org' }));
  expect(uri.protocol).toBe('otpauth:');
  expect(Object.fromEntries(uri.searchParams)).toEqual({
    issuer: 'id.example.com',
    secret: SEED,
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  });
});

test('recovery codes are ten, different, and may be typed anyhow', () => {
  const codes = newRecoveryCodes();
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) expect(code).toMatch(/^([a-z2-7]{4}-){3}[a-z2-7]{4}$/);
  const [code = ''] = codes;
  expect(hashRecoveryCode(` ${code.toUpperCase().replaceAll('-', ' ')} `)).toBe(
    hashRecoveryCode(code),
  );
});
