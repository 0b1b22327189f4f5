// Which refusal of the provider becomes which audit event. Answers that belong to a normal flow
// (a device that is still waiting, prompt=none without a session) are not refusals.
import type { Context } from 'koa';
import { requestFacts } from '../http/request-context.ts';
import type { AuditEntry, AuditEventType } from '../operations/audit/audit-events.ts';
import { maskSecrets, printable } from '../operations/masking.ts';
import { oidcOf } from './oidc-context.ts';
import type { ProviderRefusal } from './provider-events.ts';

const PART_OF_THE_FLOW = new Set([
  'authorization_pending',
  'slow_down',
  'login_required',
  'consent_required',
  'interaction_required',
  'use_dpop_nonce',
]);

const TYPE_OF_EVENT: Record<string, AuditEventType> = {
  'authorization.error': 'authorization.refused',
  'pushed_authorization_request.error': 'authorization.refused',
  'device_authorization.error': 'authorization.refused',
  'device_resume.error': 'authorization.refused',
  'code_verification.error': 'device.code_refused',
  'device.aborted': 'consent.denied',
  'grant.error': 'token.refused',
  'revocation.error': 'token.refused',
  'userinfo.error': 'token.refused',
  'introspection.error': 'token.introspection_refused',
  'end_session.error': 'authorization.refused',
  'end_session_confirm.error': 'request.forged',
  'registration_create.error': 'client.registration_refused',
  'registration_read.error': 'client.registration_refused',
  'registration_update.error': 'client.registration_refused',
  'registration_delete.error': 'client.registration_refused',
};

/** The audit event of a refusal, if it deserves one. */
export function auditOfRefusal(
  ctx: Context,
  { event, error }: ProviderRefusal,
): AuditEntry | undefined {
  const code = codeOf(error);
  if (PART_OF_THE_FLOW.has(code)) return undefined;

  const type = typeOf(event, error);
  if (!type) return undefined;
  const clientId = oidcOf(ctx)?.client?.clientId;
  return {
    type,
    outcome: 'refused',
    actor: actorOf(clientId, { event, code }),
    ...(clientId && { target: { type: 'client', id: clientId } as const }),
    clientId,
    request: requestFacts(ctx),
    detail: {
      error: code,
      ...(error.error_detail && { reason: maskSecrets(printable(error.error_detail, 200)) }),
    },
  };
}

/** What the provider says of a form, of logout or of a device, whose token is another's. */
const FORGED = 'xsrf token invalid';

function typeOf(event: string, error: ProviderRefusal['error']): AuditEventType | undefined {
  if (codeOf(error) === 'invalid_client') return 'client.authentication_failed';
  return error.error_description === FORGED ? 'request.forged' : TYPE_OF_EVENT[event];
}

const BY_CLIENT = new Set([
  'grant.error',
  'introspection.error',
  'revocation.error',
  'pushed_authorization_request.error',
  'device_authorization.error',
]);

/** At these endpoints a client is only known once it has shown its credential, unless that is what was refused. */
function actorOf(
  id: string | undefined,
  { event, code }: { event: string; code: string },
): AuditEntry['actor'] {
  const isAuthenticated = BY_CLIENT.has(event) && code !== 'invalid_client';
  return id && isAuthenticated ? { type: 'client', id } : { type: 'anonymous' };
}

/** Whether it is the kind of failure that guessing produces. */
export function isGuess({ event, error }: ProviderRefusal): boolean {
  if (event === 'code_verification.error') return error.name === 'NotFoundError';
  return ['invalid_client', 'invalid_grant', 'invalid_token'].includes(codeOf(error));
}

/** The provider's errors carry their code as their message. */
const codeOf = (error: ProviderRefusal['error']): string => error.error ?? error.message;
