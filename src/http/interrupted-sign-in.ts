// The sign-in that a person left for a mail, kept by their own browser, so that they can go on with it. It is
// not in the mailed link: that may be opened anywhere. It opens nothing: an interaction has cookies of its own.
import type { Context } from 'koa';
import * as z from 'zod';

const COOKIE = 'latchkey_recovery';

/** Where mailed links lead, which is where the cookie is sent. */
type Place = '/recovery' | '/create-account';

const MILLISECONDS = 3600 * 1000;

const interactionUid = z.string().regex(/^[\w-]{10,64}$/);

export function rememberSignIn(ctx: Context, interaction: string, path: Place = '/recovery'): void {
  const uid = interactionUid.safeParse(interaction);
  if (!uid.success) return;

  ctx.cookies.set(COOKIE, uid.data, {
    httpOnly: true,
    sameSite: 'lax',
    secure: ctx.secure,
    path,
    maxAge: MILLISECONDS,
    overwrite: true,
  });
}

export function rememberedSignIn(ctx: Context): string | undefined {
  return interactionUid.safeParse(ctx.cookies.get(COOKIE)).data;
}
