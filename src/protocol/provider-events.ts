// What the provider refused, noted while it answers and written down before the answer leaves: audit
// events, the log, and who must be slowed down.
import type { Context } from 'koa';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Logger } from '../operations/log.ts';

export interface EventDeps {
  log: Logger;
}

/** A refusal by the provider: which of its events, with which error. */
export interface ProviderRefusal {
  event: string;
  error: Error & {
    error?: string | undefined;
    error_description?: string | undefined;
    error_detail?: string | undefined;
  };
}

const REFUSALS = [
  'authorization.error',
  'pushed_authorization_request.error',
  'device_authorization.error',
  'device_resume.error',
  'code_verification.error',
  'grant.error',
  'introspection.error',
  'revocation.error',
  'userinfo.error',
  'end_session.error',
  'end_session_confirm.error',
  'registration_create.error',
  'registration_read.error',
  'registration_update.error',
  'registration_delete.error',
] as const;

export function recordProviderEvents(provider: Provider, { log }: EventDeps): void {
  const emitter: NodeJS.EventEmitter = provider;
  for (const event of REFUSALS) {
    emitter.on(event, (ctx: KoaContextWithOIDC, error: ProviderRefusal['error']) => {
      noteRefusal(ctx, { event, error });
    });
  }
  emitter.on('server_error', (ctx: KoaContextWithOIDC, error: Error) => {
    ctx.state['serverError'] = error;
  });
  emitter.on('backchannel.error', (_: unknown, err: Error, client: { clientId: string }) => {
    log.warn({ err, clientId: client.clientId }, 'back-channel logout was not received');
  });
}

/** For the refusals that the provider does not report: it shows some as a page again, others are ours. */
export function noteRefusal(ctx: Context, refusal: ProviderRefusal): void {
  ctx.state['refusal'] = refusal;
}

export const refusalOf = (ctx: Context): ProviderRefusal | undefined => ctx.state['refusal'];
export const serverErrorOf = (ctx: Context): Error | undefined => ctx.state['serverError'];
export const hasFailed = (ctx: Context): boolean =>
  refusalOf(ctx) !== undefined || serverErrorOf(ctx) !== undefined;
