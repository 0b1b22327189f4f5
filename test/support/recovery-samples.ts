// The pages behind mailed links, with ordinary data and with data that hurts.
import type { RecoveryViews } from '../../src/http/recovery-views.ts';

const csrf = '3q2-7wXvB0mS';
const newPassword: RecoveryViews['recovery/new-password'] = {
  action: '/recovery/V1StGXR8Z5jdHi6BmyT',
  csrf,
  login: 'alice',
  faults: {},
  minPasswordCharacters: 15,
};
const confirm = { action: '/verify-email/V1StGXR8Z5jdHi6BmyT', csrf };
const undo: RecoveryViews['undo/confirm'] = {
  action: '/undo/V1StGXR8Z5jdHi6BmyT',
  csrf,
  login: 'alice',
  change: 'An authenticator app was added to your account.',
  moment: { at: '2026-01-31T12:00:00.000Z', shownAt: 'January 31, 2026 at 12:00 PM (UTC)' },
};
const request = { action: '/recovery', csrf, login: '' };
const change = { action: '/email-change/V1StGXR8Z5jdHi6BmyT', csrf };
const long =
  'hubert.blaine.wolfeschlegelsteinhausenbergerdorff.featherstonehaugh@staff.municipal-library.example';

export const RECOVERY_SAMPLES: {
  [View in keyof RecoveryViews]: Record<string, RecoveryViews[View]>;
} = {
  'recovery/request': {
    usual: request,
    guarded: { ...request, login: 'alice', guard: { challenge: '16.1764000000.x.y' } },
    fault: { ...request, fault: 'Type your username or email address.' },
  },
  'recovery/sent': { usual: { back: '/recovery', lifetime: '60 minutes' } },
  'recovery/new-password': {
    usual: newPassword,
    long: { ...newPassword, login: long },
    faults: {
      ...newPassword,
      faults: {
        password: 'A password has at least 15 characters: a few random words make a good one.',
        passwordAgain: 'This is not the same password.',
      },
      strength: { level: 1 },
    },
  },
  'recovery/ended': { usual: { again: '/recovery' } },
  'recovery/done': { usual: {}, signIn: { signIn: '/interaction/V1StGXR8Z5jdHi6BmyT' } },
  'undo/confirm': {
    usual: undo,
    long: { ...undo, login: long },
  },
  'undo/ended': { usual: { again: '/recovery' } },
  'undo/done': { usual: {} },
  'verify-email/confirm': {
    usual: { ...confirm, email: 'alice@acme.example' },
    long: { ...confirm, email: long },
  },
  'verify-email/done': { usual: {} },
  'email-change/confirm': {
    usual: { ...change, newEmail: 'alice@acme.example' },
    old: { ...change, newEmail: long, cancellation: `${change.action}/cancellation` },
  },
  'email-change/cancel': { usual: { ...change, newEmail: 'alice@acme.example' } },
  'email-change/done': {
    usual: { state: 'changed' },
    waiting: { state: 'waiting' },
    cancelled: { state: 'cancelled' },
  },
};
