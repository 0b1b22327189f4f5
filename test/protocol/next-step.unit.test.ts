// The table of next-step.ts, row by row.
import { describe, expect, test } from '@jest/globals';
import { assuranceOf, demandedLevel, proofsOf } from '../../src/protocol/interactions/assurance.ts';
import {
  type Demand,
  type NextStep,
  nextStep,
  type Proof,
  standingProofs,
} from '../../src/protocol/interactions/next-step.ts';

const NOW = 1_800_000_000;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const AAL1 = 'http://idmanagement.gov/ns/assurance/aal/1';
const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';

const proof = (where: Proof['in'], by: Proof['by'], ago = 0): Proof => ({
  by,
  at: NOW - ago,
  in: where,
});
const here = (by: Proof['by'], ago?: number) => proof('sign-in', by, ago);
const before = (by: Proof['by'], ago?: number) => proof('session', by, ago);
const one: Demand = { level: 1, anew: false };
const two: Demand = { level: 2, anew: false };
const passkey = (how: { verified: boolean; synced?: boolean }, where: Proof['in'] = 'sign-in') => ({
  ...proof(where, 'passkey'),
  passkey: { isUserVerified: how.verified, isSynced: how.synced ?? false },
});
const alone = { verified: true };
const touched = { verified: false };
const both = (ago: number) => [before('password', ago), before('totp', ago)];

type Row = [NextStep, string, Proof[], { enrolled: boolean }, Demand];
const yes = { enrolled: true };
const no = { enrolled: false };

describe('signing in', () => {
  test.each<Row>([
    ['refuse', 'a level that nobody can reach', [], no, { ...one, level: 'unknown' }],
    ['refuse', 'the same, with all there is', both(0), yes, { ...one, level: 'unknown' }],
    ['first-factor', 'nothing yet', [], no, one],
    ['first-factor', 'nothing yet, two factors asked for', [], yes, two],
    ['first-factor', 'a code without a password', [here('totp')], yes, one],
    ['done', 'a password, and there is nothing else', [here('password')], no, one],
    ['second-factor', 'a password, and there is more', [here('password')], yes, one],
    ['second-factor', 'the same, asked for', [here('password')], yes, two],
    ['enrol-second-factor', 'a password, more is asked for', [here('password')], no, two],
    ['done', 'password and code', [here('password'), here('totp')], yes, one],
    ['done', 'password and code, asked for', [here('password'), here('totp')], yes, two],
    ['done', 'a passkey that verified its user', [passkey(alone)], yes, one],
    ['done', 'the same, two factors asked for', [passkey(alone)], yes, two],
    ['first-factor', 'a passkey that was only touched', [passkey(touched)], yes, one],
    ['done', 'password and touched passkey', [here('password'), passkey(touched)], yes, two],
    ['done', 'a mailed code, and there is nothing else', [here('mailed-code')], no, one],
    ['second-factor', 'a mailed code, and there is more', [here('mailed-code')], yes, one],
    ['done', 'mailed code and app', [here('mailed-code'), here('totp')], yes, one],
    ['first-factor', 'mailed code, two asked for', [here('mailed-code')], no, two],
    ['first-factor', 'the same with an app', [here('mailed-code'), here('totp')], yes, two],
    ['done', 'the same, then a passkey', [here('mailed-code'), passkey(alone)], yes, two],
    ['second-factor', 'mailed code, password', [here('mailed-code'), here('password')], yes, two],
    ['done', 'password and recovery code', [here('password'), here('recovery-code')], yes, two],
  ])('%s: %s', (...[step, , proofs, { enrolled }, demand]) => {
    expect(nextStep({ proofs, isEnrolled: enrolled, demand, now: NOW })).toBe(step);
  });
});

test.each<[NextStep, string, Proof[], Demand]>([
  ['first-factor', 'nothing yet', [], one],
  ['done', 'one factor, which will do', [here('password')], one],
  ['done', 'a mailed code', [here('mailed-code')], one],
  ['second-factor', 'one factor, two asked for', [here('password')], two],
  ['second-factor', 'before, two asked for', [before('password')], two],
  ['refuse', 'a level that nobody can reach', [here('password')], { ...one, level: 'unknown' }],
])('in a browser that is remembered, %s: %s', (step, _, proofs, demand) => {
  const situation = { proofs, isEnrolled: true, isRemembered: true, demand, now: NOW };
  expect(nextStep(situation)).toBe(step);
  expect(assuranceOf(standingProofs(situation)).acr).toBe(AAL1);
});

describe('with a session', () => {
  test.each<Row>([
    ['done', 'of one factor, which will do', [before('password', 99 * HOUR)], no, one],
    ['done', 'the same, though they have more', [before('password', 99 * HOUR)], yes, one],
    ['done', 'of two factors', both(99 * HOUR), yes, two],
    ['done', 'of a passkey', [passkey(alone, 'session')], yes, two],
    ['done', 'of a mailed code', [before('mailed-code', 99 * HOUR)], yes, one],
    ['first-factor', 'of a mailed code, two asked for', [before('mailed-code')], yes, two],
    ['done', 'of two factors, where one will do', both(99 * HOUR), yes, one],
    ['second-factor', 'of one, two asked for', [before('password', 12 * HOUR)], yes, two],
    ['first-factor', 'of one that is too old', [before('password', 12 * HOUR + 1)], yes, two],
    ['enrol-second-factor', 'just begun', [before('password', 10 * MINUTE)], no, two],
    ['first-factor', 'not just begun', [before('password', 10 * MINUTE + 1)], no, two],
    [
      'enrol-second-factor',
      'the password again',
      [before('password', HOUR), here('password')],
      no,
      two,
    ],
    ['first-factor', 'prompt=login', both(5), yes, { ...one, anew: true }],
    ['first-factor', 'prompt=login, two asked for', both(5), yes, { ...two, anew: true }],
    [
      'second-factor',
      'prompt=login, then the password',
      [...both(5), here('password')],
      yes,
      { ...one, anew: true },
    ],
    ['done', 'within max_age', both(60), yes, { ...two, maxAgeSeconds: 60 }],
    ['first-factor', 'past max_age', both(61), yes, { ...two, maxAgeSeconds: 60 }],
    [
      'second-factor',
      'past max_age, then the password',
      [...both(61), here('password')],
      yes,
      { ...one, maxAgeSeconds: 60 },
    ],
    [
      'done',
      'max_age=0, all of it here',
      [here('password', 30), here('totp')],
      yes,
      { ...two, maxAgeSeconds: 0 },
    ],
  ])('%s: %s', (...[step, , proofs, { enrolled }, demand]) => {
    expect(nextStep({ proofs, isEnrolled: enrolled, demand, now: NOW })).toBe(step);
  });
});

describe('what it amounts to', () => {
  const mfa = (...amr: string[]) => ({ acr: AAL2, amr, ts: NOW });
  test.each([
    [[here('password', 20)], { acr: AAL1, amr: ['pwd'], ts: NOW - 20 }],
    [[here('password', 20), here('totp')], mfa('pwd', 'otp', 'mfa')],
    [[here('password', 20), here('recovery-code')], mfa('pwd', 'mfa')],
    [[before('password', 300), here('totp')], { ...mfa('pwd', 'otp', 'mfa'), ts: NOW - 300 }],
    [[...both(300), here('password'), here('totp')], mfa('pwd', 'otp', 'mfa')],
    [[passkey(alone)], mfa('hwk', 'user', 'mfa')],
    [[passkey({ verified: true, synced: true })], mfa('swk', 'user', 'mfa')],
    [[before('password', 300), passkey(alone)], mfa('hwk', 'user', 'mfa')],
    [[here('password'), passkey(touched)], mfa('pwd', 'hwk', 'user', 'mfa')],
    [[here('mailed-code')], { acr: AAL1, amr: ['otp'], ts: NOW }],
    [[here('mailed-code'), here('totp')], { acr: AAL1, amr: ['otp'], ts: NOW }],
    [[here('mailed-code'), passkey(touched)], { acr: AAL1, amr: ['otp', 'hwk', 'user'], ts: NOW }],
  ])('%j', (proofs, assurance) => {
    const standing = standingProofs({ proofs, demand: one, now: NOW });
    expect(assuranceOf(standing)).toEqual(assurance);
  });

  test.each([
    [['pwd'], ['password']],
    [
      ['pwd', 'otp', 'mfa'],
      ['password', 'totp'],
    ],
    [
      ['pwd', 'mfa'],
      ['password', 'recovery-code'],
    ],
    [[], []],
  ])('a session of %j proves %j', (amr, factors) => {
    const proofs = proofsOf({ amr, authTime: NOW });
    expect(proofs).toEqual(factors.map((by) => ({ by, at: NOW, in: 'session' })));
  });

  test.each([
    [[passkey(alone)]],
    [[passkey({ verified: true, synced: true })]],
    [[here('password'), passkey(touched)]],
    [[here('mailed-code'), passkey(touched)]],
  ])('a session tells of %j again', (proofs) => {
    const { amr } = assuranceOf(proofs);
    expect(proofsOf({ amr, authTime: NOW })).toEqual(
      proofs.map((proved) => ({ ...proved, in: 'session' })),
    );
  });
});

const claims = (acr: object | null) => ({ claims: JSON.stringify({ id_token: { acr } }) });

test.each([
  [1, {}],
  [1, { acr_values: AAL1 }],
  [2, { acr_values: AAL2 }],
  [1, { acr_values: `${AAL2} ${AAL1}` }],
  [2, { acr_values: `urn:x ${AAL2}` }],
  [1, { acr_values: 'urn:x' }],
  [1, claims(null)],
  [1, claims({ value: 'urn:x' })],
  [2, claims({ value: AAL2 })],
  [2, claims({ essential: true, value: AAL2 })],
  [2, claims({ essential: true, values: ['urn:x', AAL2] })],
  [1, claims({ essential: true, values: [AAL2, AAL1] })],
  ['unknown', claims({ essential: true, value: 'urn:x' })],
  ['unknown', { ...claims({ essential: true, values: ['urn:x'] }), acr_values: AAL1 }],
  [1, claims({ essential: true })],
  [2, { ...claims({ essential: true, value: AAL1 }), acr_values: AAL2 }],
])('level %s is asked for by %j', (level, params) => {
  expect(demandedLevel(params)).toBe(level);
});
