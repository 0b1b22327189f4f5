// The pages that the provider itself shows: errors, logout, device. Ours in place of its demonstration ones.
import {
  type Client,
  type ErrorOut,
  errors,
  type KoaContextWithOIDC,
  type UnknownObject,
} from 'oidc-provider';
import type { Language } from '../http/language.ts';
import { render } from '../http/render.ts';
import { requestFacts } from '../http/request-context.ts';
import { languageOf, usePersonsLocale } from '../http/request-language.ts';
import { allowFormRedirects } from '../http/security-headers.ts';
import type { Db } from '../storage/database.ts';
import { findProfile } from './accounts/account-claims.ts';
import { registrationOf } from './clients/client-model.ts';
import { NO_ANSWER, requestedScopes } from './grants/scopes.ts';
import { toClientCard } from './interactions/client-card.ts';
import { noteRefusal } from './provider-events.ts';
import { DEVICE_CONFIRMATION } from './protocol-paths.ts';
import { toPermissionGroups } from './interactions/permission-groups.ts';

/** Errors that may not be sent to the application, because it can't be told for sure where that is. */
export async function renderError(
  ctx: KoaContextWithOIDC,
  out: ErrorOut,
  error?: Error,
): Promise<void> {
  const isInterrupted =
    error instanceof errors.SessionNotFound && ctx.oidc.route.endsWith('resume');
  if (isInterrupted && ctx.accepts('json', 'html') === 'html') return leadToInterruption(ctx);

  const { requestId } = requestFacts(ctx);
  const { has, say } = languageOf(ctx);
  const known = (part: string) => {
    const name = `protocol.${out.error}.${part}`;
    return has(name) ? say(name) : undefined;
  };
  render(ctx, 'error/error', {
    title: known('title') ?? say('protocol.title'),
    message: known('message') ?? out.error_description ?? say('protocol.message'),
    code: out.error,
    requestId,
  });
}

/** A request that can't be resumed is a sign-in that can't go on, which has a page of its own. */
function leadToInterruption(ctx: KoaContextWithOIDC): void {
  ctx.status = 303;
  ctx.redirect(`/interaction/${encodeURIComponent(ctx.path.split('/').at(-1) ?? '')}/interrupted`);
}

export async function logoutPage({ db }: { db: Db }, ctx: KoaContextWithOIDC): Promise<void> {
  allowFormRedirects(ctx);
  const { oidc } = ctx;
  const account = await findProfile(db, oidc.session?.accountId ?? '');
  usePersonsLocale(ctx, account?.locale);
  render(ctx, 'logout/confirm', {
    action: oidc.urlFor('end_session_confirm'),
    xsrf: xsrfOf(ctx),
    clientName: oidc.client?.clientName,
    account: account && { name: account.name ?? account.login, login: account.login },
  });
}

export async function loggedOutPage(ctx: KoaContextWithOIDC): Promise<void> {
  render(ctx, 'logout/done', { clientName: ctx.oidc.client?.clientName });
}

export async function deviceCodePage(
  ctx: KoaContextWithOIDC,
  _form: string,
  out?: ErrorOut,
  error?: errors.OIDCProviderError | Error,
): Promise<void> {
  if (error) noteRefusal(ctx, { event: refusedEvent(error), error });
  if (error?.name === 'AbortedError') return deviceAbortedPage(ctx);
  // A form that fails the forgery check can't be mended by sending it again: its session is not the one it was made in.
  if (error instanceof errors.InvalidRequest && out)
    return renderError(ctx, withoutJargon(ctx, out));

  render(ctx, 'device/code', {
    action: DEVICE_CONFIRMATION,
    xsrf: xsrfOf(ctx),
    userCode: typedCode(error),
    fault: error && faultOf(languageOf(ctx), error),
  });
}

const refusedEvent = ({ name }: Error) =>
  name === 'AbortedError' ? 'device.aborted' : 'code_verification.error';

function deviceAbortedPage(ctx: KoaContextWithOIDC): void {
  const clientName = ctx.oidc.client?.clientName ?? '';
  render(ctx, 'device/done', { clientName, refused: true });
}

export function deviceConfirmPage({ db }: { db: Db }) {
  return async (
    ctx: KoaContextWithOIDC,
    _form: string,
    client: Client,
    device: UnknownObject,
    shownCode: string,
  ): Promise<void> => {
    const account = await findProfile(db, ctx.oidc.session?.accountId ?? '');
    usePersonsLocale(ctx, account?.locale);
    const registration = registrationOf(client);
    const asked = requestedScopes(ctx.oidc.entities.DeviceCode?.params ?? {}, registration);
    render(ctx, 'device/confirm', {
      action: ctx.oidc.urlFor('code_verification'),
      xsrf: xsrfOf(ctx),
      userCode: textOf(ctx.oidc.params?.['user_code']),
      shownCode,
      client: toClientCard(registration, languageOf(ctx)),
      groups: toPermissionGroups({ asked, answered: NO_ANSWER }, registration, languageOf(ctx)),
      address: textOf(device['ip']),
      agent: textOf(device['ua']),
    });
  };
}

export async function deviceDonePage(ctx: KoaContextWithOIDC): Promise<void> {
  render(ctx, 'device/done', { clientName: ctx.oidc.client?.clientName ?? '', refused: false });
}

function withoutJargon(ctx: KoaContextWithOIDC, out: ErrorOut): ErrorOut {
  if (ctx.oidc.route !== 'code_verification') return out;
  return { ...out, error_description: languageOf(ctx).say('protocol.page_too_old.message') };
}

function faultOf({ has, say }: Language, { name }: Error): string {
  const known = `device.fault.${name}`;
  return say(has(known) ? known : 'device.fault.other');
}

function typedCode(error: Error | undefined): string {
  const { userCode } = (error ?? {}) as { userCode?: unknown };
  return typeof userCode === 'string' ? userCode.slice(0, 20) : '';
}

/** The provider's own token against forged forms; it checks it itself. */
function xsrfOf({ oidc }: KoaContextWithOIDC): string {
  return textOf(oidc.session?.state?.['secret']);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
