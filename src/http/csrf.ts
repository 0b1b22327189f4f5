// Forms that change something carry a token that only our own pages can hold: the HMAC of a random cookie. Besides, a
// browser that says where a form came from must say that it came from here. What fails goes on the audit log.
import { createHmac } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import type { Config } from '../config.ts';
import type { Clock } from '../foundation/clock.ts';
import { DomainError } from '../foundation/errors.ts';
import { hashSecret, isSameSecret, newSecret } from '../foundation/secrets.ts';
import { appendAuditEvent } from '../operations/audit/audit-log.ts';
import type { RateLimits } from '../operations/rate-limiter.ts';
import type { Db } from '../storage/database.ts';
import { requestFacts } from './request-context.ts';

interface Deps {
  /** 32 bytes, the same on every node. */
  csrfKey: Buffer;
  config: Pick<Config, 'issuer'>;
  db: Db;
  clock: Clock;
  rateLimits: Pick<RateLimits, 'consume'>;
}

interface Guard {
  key: Buffer;
  issuer: string;
  cookieName: string;
  isSecure: boolean;
  /** The cookie's value, once it is known or made. */
  value?: string | undefined;
}

const FORGED = 'forged_request';

export function csrf(deps: Deps): Middleware {
  const { issuer } = deps.config;
  const isSecure = issuer.startsWith('https:');
  const cookieName = isSecure ? '__Host-latchkey_csrf' : 'latchkey_csrf';

  return async (ctx, next) => {
    const guard: Guard = { key: deps.csrfKey, issuer, cookieName, isSecure };
    ctx.state.csrf = guard;
    try {
      await next();
    } catch (error) {
      if (error instanceof DomainError && error.code === FORGED) await record(deps, ctx);
      throw error;
    }
  };
}

/** The token for the forms of a page; sets the cookie that it belongs to when there is none. */
export function csrfToken(ctx: Context): string {
  const guard = guardOf(ctx);
  guard.value ??= cookieOf(ctx, guard) ?? setCookie(ctx, guard);
  return tokenOf(guard, guard.value);
}

/** Tells this browser from others by the cookie that its forms belong to. It is no secret of the cookie's. */
export function browserMark(ctx: Context): string | undefined {
  const guard = guardOf(ctx);
  const cookie = guard.value ?? cookieOf(ctx, guard);
  return cookie && hashSecret(tokenOf(guard, cookie));
}

/** @throws DomainError `forbidden` forged_request */
export function assertNotForged(ctx: Context, token: string | undefined): void {
  const guard = guardOf(ctx);
  const cookie = cookieOf(ctx, guard);
  const isOurs = cookie && token && isSameSecret(token, tokenOf(guard, cookie));
  if (!isOurs) throw forged();
  assertFromHere(ctx);
}

/** For forms that hold a token of their own: a browser that says where one came from must say that it came from here. */
export function assertFromHere(ctx: Context): void {
  if (!comesFromHere(ctx, guardOf(ctx))) throw forged();
}

function forged(): DomainError {
  return new DomainError(
    'forbidden',
    FORGED,
    'This form did not come from a page of this server, or its page is too old. Go back, reload it and try again.',
  );
}

/** `Origin: null` is refused too: a sandboxed frame of anybody's can send it (see Referrer-Policy). */
function comesFromHere(ctx: Context, { issuer }: Guard): boolean {
  const origin = ctx.get('origin');
  const site = ctx.get('sec-fetch-site');
  return (!origin || origin === issuer) && (!site || site === 'same-origin' || site === 'none');
}

/** Whoever sends many learns of the limit instead, and fills no log. */
async function record({ db, clock, rateLimits }: Deps, ctx: Context): Promise<void> {
  const request = requestFacts(ctx);
  await rateLimits.consume('forgedForms', request.address);
  await appendAuditEvent(db, clock.now(), {
    type: 'request.forged',
    outcome: 'refused',
    actor: { type: 'anonymous' },
    request,
  });
}

function cookieOf(ctx: Context, { cookieName }: Guard): string | undefined {
  return ctx.cookies.get(cookieName, { signed: false });
}

function setCookie(ctx: Context, { cookieName, isSecure }: Guard): string {
  const value = newSecret();
  ctx.cookies.set(cookieName, value, {
    signed: false,
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure,
    path: '/',
  });
  return value;
}

const tokenOf = ({ key }: Guard, cookie: string) =>
  createHmac('sha256', key).update(cookie).digest('base64url');

function guardOf(ctx: Context): Guard {
  const guard: Guard | undefined = ctx.state.csrf;
  if (!guard) throw new Error('The csrf middleware is not mounted.');
  return guard;
}
