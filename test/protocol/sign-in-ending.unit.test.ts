// The table of sign-in-ending.ts, row by row.
import { expect, test } from '@jest/globals';
import { endingOf } from '../../src/protocol/interactions/sign-in-ending.ts';

test.each([
  ['elsewhere', { stored: { isOpen: true }, isKnown: true, isSignedIn: true }],
  ['expired', { stored: { isOpen: false }, isKnown: false, isSignedIn: false }],
  ['done', { stored: undefined, isKnown: true, isSignedIn: true }],
  ['over', { stored: undefined, isKnown: false, isSignedIn: true }],
  ['over', { stored: undefined, isKnown: true, isSignedIn: false }],
])('%s', (ending, remains) => {
  expect(endingOf(remains)).toBe(ending);
});
