// Forms that change something carry a token that only our own pages can hold: the HMAC of a random cookie.
// Besides, a browser that says where a form came from must say that it came from here.
import { createHmac } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import type { Config } from '../config.ts';
import { DomainError } from '../foundation/errors.ts';
import { isSameSecret, newSecret } from '../foundation/secrets.ts';

interface Guard {
  key: Buffer;
  issuer: string;
  cookieName: string;
  isSecure: boolean;
}

/** @param csrfKey 32 bytes, the same on every node */
export function csrf({ csrfKey, config }: { csrfKey: Buffer; config: Pick<Config, 'issuer'> }): Middleware {
  const isSecure = config.issuer.startsWith('https:');
  const cookieName = isSecure ? '__Host-latchkey_csrf' : 'latchkey_csrf';
  const guard: Guard = { key: csrfKey, issuer: config.issuer, cookieName, isSecure };
  return (ctx, next) => {
    ctx.state.csrf = guard;
    return next();
  };
}

/** The token for the forms of a page; sets the cookie that it belongs to when there is none. */
export function csrfToken(ctx: Context): string {
  const guard = guardOf(ctx);
  const { cookieName, isSecure } = guard;
  const value = ctx.cookies.get(cookieName, { signed: false }) ?? newSecret();
  ctx.cookies.set(cookieName, value, {
    signed: false,
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure,
    path: '/',
  });
  return tokenOf(guard, value);
}

/** @throws DomainError `forbidden` forged_request */
export function assertNotForged(ctx: Context, token: string | undefined): void {
  const guard = guardOf(ctx);
  const cookie = ctx.cookies.get(guard.cookieName, { signed: false });
  const isOurs = cookie && token && isSameSecret(token, tokenOf(guard, cookie));
  if (isOurs && comesFromHere(ctx, guard)) return;

  throw new DomainError(
    'forbidden',
    'forged_request',
    'This form did not come from a page of this server, or its page is too old. Go back, reload it and try again.',
  );
}

function comesFromHere(ctx: Context, { issuer }: Guard): boolean {
  const origin = ctx.get('origin');
  const site = ctx.get('sec-fetch-site');
  return (!origin || origin === issuer) && (!site || site === 'same-origin' || site === 'none');
}

const tokenOf = ({ key }: Guard, cookie: string) =>
  createHmac('sha256', key).update(cookie).digest('base64url');

function guardOf(ctx: Context): Guard {
  const guard = ctx.state.csrf as Guard | undefined;
  if (!guard) throw new Error('The csrf middleware is not mounted.');
  return guard;
}
