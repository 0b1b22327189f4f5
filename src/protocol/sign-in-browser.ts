// A sign-in counts in the browser where the password was typed, and nowhere else. The cookies of an interaction can't
// carry the __Host- prefix (they have paths), so a sibling domain can plant an attacker's into somebody's browser: the
// password would then be typed for an interaction that the attacker goes on with (session fixation). The cookie of the
// forms has the prefix; its mark goes with the sign-in and is asked for again when the request resumes.
import type { Context } from 'koa';
import { type InteractionResults, Provider } from 'oidc-provider';
import * as z from 'zod';
import { browserMark } from '../http/csrf.ts';

interface SignedIn {
  result?: InteractionResults | undefined;
}

const isSignIn = z.object({ browser: z.string().optional() });

/** Whether the interaction holds a sign-in of another browser, or the beginning of one. */
export function isSignInOfOther({ result }: SignedIn, ctx: Context): boolean {
  return [result?.login, result?.['proved'], result?.['registration']].some((held) => {
    const read = isSignIn.safeParse(held);
    return read.success && read.data.browser !== browserMark(ctx);
  });
}

/** The same, of the request that the provider is resuming. */
export function isResumedByOther(interaction: SignedIn): boolean {
  const ctx = Provider.ctx;
  const isResuming = ctx?.oidc?.route === 'resume' || ctx?.oidc?.route === 'device_resume';
  return isResuming && isSignInOfOther(interaction, ctx);
}
