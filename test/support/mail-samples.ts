// Every kind of mail, with all that it can hold.
import type { MailKind, MailRequest } from '../../src/operations/mail/mail-kinds.ts';

export const WRITTEN_AT = new Date('2026-01-31T12:00:00Z');

const to = 'alice@example.com';
const from = { address: '203.0.113.7', browser: 'Firefox on Linux' };
const expiresAt = new Date('2026-01-31T12:10:00Z');
const link = { path: '/somewhere?token=4f1a', expiresAt } as const;

export const MAILS: { [Kind in MailKind]: MailRequest<Kind> } = {
  'magic-link': { kind: 'magic-link', to, data: { ...link, code: '493021', from } },
  'verify-email': { kind: 'verify-email', to, data: { ...link, code: '493021' } },
  'reset-password': { kind: 'reset-password', to, data: { ...link, from } },
  'email-change-confirm': {
    kind: 'email-change-confirm',
    to,
    data: {
      ...link,
      from,
      oldEmail: to,
      newEmail: 'alice@example.org',
      cancel: { path: '/somewhere/else?token=4f1a' },
    },
  },
  'credential-changed': {
    kind: 'credential-changed',
    to,
    data: {
      change: 'passkey-added',
      at: WRITTEN_AT,
      from,
      undo: { path: '/undo?token=4f1a', until: new Date('2026-02-07T12:00:00Z') },
    },
  },
  'sign-in-throttled': {
    kind: 'sign-in-throttled',
    to,
    data: { at: WRITTEN_AT, from, path: '/account' },
  },
  'account-exists': {
    kind: 'account-exists',
    to,
    data: { path: '/account', recovery: '/recovery', at: WRITTEN_AT, from },
  },
  'deletion-scheduled': {
    kind: 'deletion-scheduled',
    to,
    data: { dueAt: new Date('2026-02-14T12:00:00Z'), path: '/account' },
  },
  'deletion-cancelled': { kind: 'deletion-cancelled', to, data: { at: WRITTEN_AT, from } },
  invitation: { kind: 'invitation', to, data: { ...link, inviter: 'Bob Example' } },
};
