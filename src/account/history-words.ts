// What the security history tells, and how. An event that is not here is none of the person's business, or says nothing
// that another one doesn't.
import type { AuditEventType } from '../operations/audit/audit-events.ts';

const WORDS = {
  'user.created': 'Your account was made',
  'user.imported': 'Your account was brought here',
  'user.disabled': 'Your account was closed to sign-ins',
  'user.enabled': 'Your account was opened again',
  'user.updated': 'Your profile was changed',
  'user.password_set': 'Your password was changed',
  'user.password_refused': 'A change of your password was refused: the present one was wrong',
  'user.exported': 'Your data was downloaded',
  'sign_in.succeeded': 'You signed in',
  'sign_in.failed': 'A sign-in with your name was refused',
  'session.ended': 'You signed out, or ended a sign-in',
  'consent.granted': 'You allowed an application access',
  'consent.denied': 'You refused an application access',
  'consent.revoked': 'An application’s access was taken back',
  'device.authorized': 'You connected a device',
  'token.reuse_detected': 'An application’s access ended: a token of it was used twice',
} as const satisfies Partial<Record<AuditEventType, string>>;

const isTold = (type: string): type is keyof typeof WORDS => Object.hasOwn(WORDS, type);

export const TOLD_EVENTS: readonly AuditEventType[] = Object.keys(WORDS).filter(isTold);

/** @throws TypeError for an event that is not told */
export function wordsOf(type: string): string {
  if (!isTold(type)) throw new TypeError(`The history tells nothing of ${type}.`);
  return WORDS[type];
}
