// What the security history tells; how, is in the catalogues: the texts history.<event>. An event that is not here is
// none of the person's business, or says nothing that another one doesn't.
import type { Language } from '../http/language.ts';
import type { AuditEventType } from '../operations/audit/audit-events.ts';

export const TOLD_EVENTS: readonly AuditEventType[] = [
  'user.created',
  'user.imported',
  'user.disabled',
  'user.enabled',
  'user.deletion_scheduled',
  'user.deletion_cancelled',
  'user.updated',
  'user.email_verified',
  'user.email_change_requested',
  'user.email_change_cancelled',
  'user.email_changed',
  'user.password_set',
  'user.password_refused',
  'user.password_change_required',
  'user.recovery_requested',
  'user.exported',
  'terms.accepted',
  'second_factor.added',
  'second_factor.removed',
  'second_factor.codes_made',
  'second_factor.failed',
  'credential.change_undone',
  'sign_in.succeeded',
  'sign_in.failed',
  'sign_in.throttled',
  'passkey.added',
  'passkey.renamed',
  'passkey.removed',
  'passkey.clone_suspected',
  'session.ended',
  'browser.remembered',
  'browser.forgotten',
  'consent.granted',
  'consent.denied',
  'consent.revoked',
  'device.authorized',
  'token.reuse_detected',
];

/** @throws TypeError for an event that is not told */
export const wordsOf = (type: string, { say }: Pick<Language, 'say'>): string =>
  say(`history.${type}`);
