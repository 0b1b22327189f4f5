// The pages that the provider itself shows: errors, logout, device. Ours in place of its demonstration ones.
import {
  type Client,
  type ErrorOut,
  errors,
  type KoaContextWithOIDC,
  type UnknownObject,
} from 'oidc-provider';
import { render } from '../http/render.ts';
import { requestFacts } from '../http/request-context.ts';
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
export async function renderError(ctx: KoaContextWithOIDC, out: ErrorOut): Promise<void> {
  const { requestId } = requestFacts(ctx);
  const known = MESSAGES[out.error];
  render(ctx, 'error/error', {
    title: known?.title ?? 'This request can’t be completed',
    message:
      known?.message ??
      out.error_description ??
      'The application sent a request that is not valid.',
    code: out.error,
    requestId,
  });
}

const MESSAGES: Record<string, { title: string; message: string }> = {
  server_error: {
    title: 'Something went wrong on our side',
    message:
      'Nothing was changed. Please try again; if it happens again, tell us the request number below.',
  },
  invalid_redirect_uri: {
    title: 'The application asked for an unknown return address',
    message: 'To protect you, we don’t send you anywhere that the application has not registered.',
  },
  invalid_client: {
    title: 'We don’t know this application',
    message: 'It is not registered here, or it has been disabled.',
  },
};

export async function logoutPage({ db }: { db: Db }, ctx: KoaContextWithOIDC): Promise<void> {
  allowFormRedirects(ctx);
  const { oidc } = ctx;
  const account = await findProfile(db, oidc.session?.accountId ?? '');
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
    fault: error && faultOf(error, out),
  });
}

const refusedEvent = ({ name }: Error) =>
  name === 'AbortedError' ? 'device.aborted' : 'code_verification.error';

function deviceAbortedPage(ctx: KoaContextWithOIDC): void {
  const clientName = ctx.oidc.client?.clientName ?? '';
  render(ctx, 'device/done', { clientName, refused: true });
}

export async function deviceConfirmPage(
  ctx: KoaContextWithOIDC,
  _form: string,
  client: Client,
  device: UnknownObject,
  shownCode: string,
): Promise<void> {
  const registration = registrationOf(client);
  const asked = requestedScopes(ctx.oidc.entities.DeviceCode?.params ?? {}, registration);
  render(ctx, 'device/confirm', {
    action: ctx.oidc.urlFor('code_verification'),
    xsrf: xsrfOf(ctx),
    userCode: textOf(ctx.oidc.params?.['user_code']),
    shownCode,
    client: toClientCard(registration),
    groups: toPermissionGroups({ asked, answered: NO_ANSWER }, registration),
    address: textOf(device['ip']),
    agent: textOf(device['ua']),
  });
}

export async function deviceDonePage(ctx: KoaContextWithOIDC): Promise<void> {
  render(ctx, 'device/done', { clientName: ctx.oidc.client?.clientName ?? '', refused: false });
}

const FAULTS: Record<string, string> = {
  NoCodeError: 'Type the code that your device shows.',
  NotFoundError: 'This code is not right. Check it on your device and type it again.',
  ExpiredError: 'This code has expired. Start again on your device.',
  AlreadyUsedError: 'This code has been used already. Start again on your device.',
};

function withoutJargon({ oidc }: KoaContextWithOIDC, out: ErrorOut): ErrorOut {
  if (oidc.route !== 'code_verification') return out;
  const error_description =
    'This page was open for too long. Open it again and type the code anew.';
  return { ...out, error_description };
}

function faultOf(error: Error, out: ErrorOut | undefined): string {
  return (
    FAULTS[error.name] ?? out?.error_description ?? 'This did not work. Start again on your device.'
  );
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
