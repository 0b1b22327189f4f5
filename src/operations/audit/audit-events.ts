// The audit log: security-relevant acts and refusals, appended in the transaction of the act.
// Nothing here updates or deletes an event, and nothing may.

/** Every event there is; a new one joins this list first. */
export const AUDIT_EVENT_TYPES = [
  'installation.setup_completed',
  'installation.setup_refused',
  'user.created',
  'user.imported',
  'user.disabled',
  'user.enabled',
  'user.deletion_scheduled',
  'user.deletion_cancelled',
  'user.deleted',
  'user.updated',
  'user.password_set',
  'user.recovery_requested',
  'user.registration_requested',
  'invitation.created',
  'invitation.revoked',
  'user.email_verification_requested',
  'user.email_verified',
  'user.email_change_requested',
  'user.email_change_confirmed',
  'user.email_change_cancelled',
  'user.email_change_refused',
  'user.email_changed',
  'user.link_refused',
  'user.password_refused',
  'user.password_change_required',
  'user.exported',
  'terms.accepted',
  'sign_in.succeeded',
  'sign_in.failed',
  'sign_in.throttled',
  'sign_in.mail_requested',
  'second_factor.added',
  'second_factor.removed',
  'second_factor.passed',
  'second_factor.failed',
  'passkey.added',
  'passkey.renamed',
  'passkey.removed',
  'passkey.clone_suspected',
  'browser.remembered',
  'browser.forgotten',
  'second_factor.codes_made',
  'credential.change_undone',
  'session.ended',
  'consent.granted',
  'consent.denied',
  'consent.revoked',
  'client.created',
  'client.updated',
  'client.disabled',
  'client.deleted',
  'client.secret_added',
  'client.secret_removed',
  'client.authentication_failed',
  'client.registration_refused',
  'api.created',
  'api.updated',
  'api.disabled',
  'api.deleted',
  'registration_token.created',
  'authorization.refused',
  'token.issued',
  'token.refused',
  'token.reuse_detected',
  'token.revoked',
  'token.introspection_refused',
  'device.code_refused',
  'device.authorized',
  'key.created',
  'key.activated',
  'key.retired',
  'key.dropped',
  'request.forged',
  'rate_limit.exceeded',
  'setting.weakened',
] as const;

export type AuditEventType = (typeof AUDIT_EVENT_TYPES)[number];

/** Who acted. `system` is the installation itself: a job, or the command line. */
export type Actor =
  | { type: 'user'; id: string }
  | { type: 'client'; id: string }
  | { type: 'system' }
  | { type: 'anonymous' };

export interface AuditEntry {
  type: AuditEventType;
  outcome: 'success' | 'refused';
  actor: Actor;
  target?: {
    type: 'user' | 'client' | 'api' | 'consent' | 'session' | 'key' | 'grant';
    id: string;
  };
  clientId?: string | undefined;
  request?: { requestId: string; address: string } | undefined;
  /** Small and never secret: no token, code, password or cookie. */
  detail?: Record<string, string | number | boolean> | undefined;
}
