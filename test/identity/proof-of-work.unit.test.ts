import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import {
  CHALLENGE_SECONDS,
  newChallenge,
  solvedChallenge,
} from '../../src/identity/bot-guard/proof-of-work.ts';
import { solve } from '../support/puzzle.ts';

const BITS = 6;
const now = new Date('2026-11-25T12:00:00Z');
const occasion = { key: randomBytes(32), form: 'create:1', now };
const challenge = newChallenge(occasion, BITS);
const solution = solve(challenge);
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

test('a solution is good for its form, key and time', () => {
  expect(solvedChallenge(occasion, solution)).toBeDefined();
  const last = { ...occasion, now: later(CHALLENGE_SECONDS) };
  expect(solvedChallenge(last, solution)).toBeDefined();
});

test('every challenge is another one', () => {
  expect(newChallenge(occasion)).not.toBe(newChallenge(occasion));
  expect(newChallenge(occasion)).toMatch(/^16\./);
});

test.each([
  ['another form', { form: 'create:2' }],
  ['another key', { key: randomBytes(32) }],
  ['too late', { now: later(CHALLENGE_SECONDS + 1) }],
])('%s: no solution', (_, other) => {
  expect(solvedChallenge({ ...occasion, ...other }, solution)).toBeUndefined();
});

test('what was not solved, or made easier, is no solution', () => {
  const [bits, until, nonce, mac] = challenge.split('.');
  const unsolved = Array.from({ length: 200 }, (_, i) => `${challenge}~${i}`).filter(
    (text) => solvedChallenge(occasion, text) === undefined,
  );
  expect(unsolved.length).toBeGreaterThan(150);
  for (const text of [
    '',
    challenge,
    `${challenge}~`,
    `${challenge}~x`,
    `0.${until}.${nonce}.${mac}~1`,
    `${bits}.99999999999.${nonce}.${mac}~1`,
    `${solution}0`.replace(/~.*/, '~'),
    `${solution}${'0'.repeat(20)}`,
  ])
    expect([text, solvedChallenge(occasion, text)]).toEqual([text, undefined]);
});
