import { expect, test } from '@jest/globals';
import {
  explainClaims,
  explainRequest,
  timeInWords,
} from '../../src/playground/explained-parts.ts';

const now = new Date('2026-11-23T12:00:00Z');
const at = (seconds: number) => Math.floor(now.getTime() / 1000) + seconds;

test.each([
  [0, 'in 0 seconds'],
  [30, 'in 30 seconds'],
  [-1, '1 second ago'],
  [59 * 60, 'in 59 minutes'],
  [3599, 'in 1 hour'],
  [-7200, '2 hours ago'],
  [30 * 86_400, 'in 30 days'],
])('%d seconds away is %s', (seconds, expected) => {
  expect(timeInWords(at(seconds), now)).toMatch(
    new RegExp(`^2026-1[\\d-]+ [\\d:]{8} UTC, ${expected}$`),
  );
});

test('a number that is no time is called so', () => {
  expect(timeInWords(1e20, now)).toBe('no time');
});

test('claims are told as text, times also in words, unknown ones without a meaning', () => {
  const claims = {
    exp: at(60),
    amr: ['pwd'],
    constructor: 'x',
    email_verified: false,
    iat: 'soon',
  };

  expect(explainClaims(claims, now)).toEqual([
    {
      name: 'exp',
      value: `${at(60)} (2026-11-23 12:01:00 UTC, in 1 minute)`,
      detail: 'When it ends.',
    },
    { name: 'amr', value: '["pwd"]', detail: expect.any(String) },
    { name: 'constructor', value: 'x' },
    { name: 'email_verified', value: 'false', detail: expect.any(String) },
    { name: 'iat', value: 'soon', detail: 'When it was issued.' },
  ]);
});

test('a request is taken apart in its own order', () => {
  const parts = explainRequest(new URL('https://id.example/auth?scope=openid+email&extra=1'));

  expect(parts.map(({ name, value }) => [name, value])).toEqual([
    ['scope', 'openid email'],
    ['extra', '1'],
  ]);
});
