// The table of required-actions.ts, row by row.
import { expect, test } from '@jest/globals';
import type { NextStep, Proof } from '../../src/protocol/interactions/next-step.ts';
import {
  type DueStep,
  dueStep,
  type Pending,
} from '../../src/protocol/interactions/required-actions.ts';

const NOW = 1_800_000_000;
const NOTHING: Pending = {
  isLeaving: false,
  isEmailToVerify: false,
  isPasswordToChange: false,
  isPasswordShort: false,
  areTermsToAccept: false,
};
const ALL: Pending = {
  isLeaving: true,
  isEmailToVerify: true,
  isPasswordToChange: true,
  isPasswordShort: true,
  areTermsToAccept: true,
};
const email = { ...NOTHING, isEmailToVerify: true };
const password = { ...NOTHING, isPasswordToChange: true };
const short = { ...NOTHING, isPasswordShort: true };
const terms = { ...NOTHING, areTermsToAccept: true };

const here = (ago: number): Proof => ({ by: 'password', at: NOW - ago, in: 'sign-in' });
const before = (ago: number): Proof => ({ by: 'password', at: NOW - ago, in: 'session' });

type Row = [DueStep, string, NextStep, Pending, Proof[], { enrolled: boolean }];
const yes = { enrolled: true };
const no = { enrolled: false };

test.each<Row>([
  ['first-factor', 'nobody is known yet', 'first-factor', ALL, [], no],
  ['second-factor', 'half of it is proved', 'second-factor', ALL, [here(0)], yes],
  ['refuse', 'what nobody can meet', 'refuse', ALL, [], no],
  ['done', 'nothing is pending', 'done', NOTHING, [here(0)], no],
  ['enrol-second-factor', 'nothing but the factor', 'enrol-second-factor', NOTHING, [here(0)], no],

  ['keep-account', 'somebody about to leave', 'done', ALL, [here(0)], yes],
  ['verify-email', 'all, in order: 1', 'done', { ...ALL, isLeaving: false }, [here(0)], yes],
  [
    'change-password',
    '2',
    'done',
    { ...ALL, isLeaving: false, isEmailToVerify: false },
    [here(0)],
    yes,
  ],
  ['enrol-second-factor', '3', 'enrol-second-factor', terms, [here(0)], no],
  ['accept-terms', '4', 'done', terms, [here(0)], yes],

  ['verify-email', 'before a factor is set up', 'enrol-second-factor', email, [here(0)], no],
  ['change-password', 'the same', 'enrol-second-factor', password, [here(0)], no],
  ['verify-email', 'in an old session', 'done', email, [before(99_999)], no],
  ['accept-terms', 'in an old session', 'done', terms, [before(99_999)], no],

  ['change-password', 'just signed in', 'done', password, [before(600)], no],
  ['first-factor', 'signed in longer ago', 'done', password, [before(601)], no],
  ['change-password', 'typed here, however long ago', 'done', password, [here(1700)], no],
  ['change-password', 'one of two proofs is new', 'done', password, [before(601), before(5)], yes],

  ['change-password', 'short and alone', 'done', short, [here(0)], no],
  ['done', 'short beside a factor', 'done', short, [here(0)], yes],
  ['enrol-second-factor', 'about to be beside one', 'enrol-second-factor', short, [here(0)], no],
])('%s: %s', (...[step, , next, pending, proofs, { enrolled }]) => {
  expect(dueStep({ pending, next, proofs, isEnrolled: enrolled, now: NOW })).toBe(step);
});
