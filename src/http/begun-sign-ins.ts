// Which application each sign-in of this browser was for, kept by the browser, so that a page can lead back there when
// the sign-in itself is gone: finished, expired and swept away, or cancelled. Nothing here is secret or believed: an
// application is looked up by its public id, and what is shown of it is its own.
import type { Context } from 'koa';

export interface BegunSignIn {
  /** The interaction's. */
  uid: string;
  clientId: string;
}

/** The prefix keeps it from being planted over plain http; `__Host-` would not let it be of one path. */
const cookieOf = ({ secure }: Context) => `${secure ? '__Secure-' : ''}latchkey_sign_ins`;
const MILLISECONDS = 86_400_000;
const MOST = 5;
const ENTRY = /^([\w-]{10,64})\.([\w.-]{1,128})$/;

export function noteSignIn(ctx: Context, { uid, clientId }: BegunSignIn): void {
  const begun = begunSignIns(ctx);
  const isNoted = begun.some((one) => one.uid === uid);
  if (isNoted || !ENTRY.test(`${uid}.${clientId}`)) return;

  const kept = [{ uid, clientId }, ...begun].slice(0, MOST);
  ctx.cookies.set(cookieOf(ctx), kept.map((one) => `${one.uid}.${one.clientId}`).join('~'), {
    signed: false,
    httpOnly: true,
    sameSite: 'lax',
    secure: ctx.secure,
    path: '/interaction',
    maxAge: MILLISECONDS,
    overwrite: true,
  });
}

export function begunSignIns(ctx: Context): BegunSignIn[] {
  const cookie = ctx.cookies.get(cookieOf(ctx), { signed: false }) ?? '';
  return cookie.split('~', MOST).flatMap((text) => {
    const [, uid, clientId] = ENTRY.exec(text) ?? [];
    return uid && clientId ? [{ uid, clientId }] : [];
  });
}
