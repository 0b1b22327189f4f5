// What the pages of a sign-in by mail share: where they belong, and what follows from a proof.
import type { Context } from 'koa';
import type { Interaction } from 'oidc-provider';
import { browserMark } from '../../http/csrf.ts';
import { type DeviceCookieDeps, rememberDevice } from '../../http/device-cookie.ts';
import type { MailedSignInRequestDeps } from '../../identity/mailed-sign-in/mailed-sign-in-request.ts';
import type { MailedSignInDeps } from '../../identity/mailed-sign-in/mailed-sign-in.ts';
import type { Occasion } from '../../identity/mailed-sign-in/occasion.ts';
import type { SecondFactorDeps } from '../../identity/second-factors/second-factors.ts';
import type { User } from '../../identity/users/users.ts';
import { countSignIn } from '../../operations/metrics.ts';
import { at, goTo } from './due-step.ts';
import { urlOf } from './interaction.ts';
import { isMailEnough, type LoginPageDeps } from './login-page.ts';
import type { MailGuardDeps } from './mail-guard.ts';
import { addProof } from './sign-in-steps.ts';

export type MailedSignInRouteDeps = LoginPageDeps &
  MailGuardDeps &
  MailedSignInRequestDeps &
  MailedSignInDeps &
  SecondFactorDeps &
  DeviceCookieDeps;

type Deps = MailedSignInRouteDeps;

/** The interaction, while it is to be said who somebody is, and mail may say so. */
export async function atSignIn(deps: Deps, ctx: Context): Promise<Interaction | undefined> {
  const interaction = await at(deps, ctx, 'login');
  if (!interaction || (await isMailEnough(deps, interaction))) return interaction;
  goTo(ctx, urlOf(interaction, 'login'));
  return undefined;
}

/** Signs in whoever has proved it by mail, as far as that goes. */
export async function goOnAs(
  deps: Deps,
  ctx: Context,
  { interaction, user }: { interaction: Interaction; user: User },
): Promise<void> {
  rememberDevice(deps, ctx, user.id);
  countSignIn('succeeded');
  const proof = { accountId: user.id, by: 'mailed-code', browser: browserMark(ctx) } as const;
  // It has just verified the address.
  const signedIn = { ...user, emailVerified: true };
  goTo(ctx, await addProof(deps, interaction, { ...proof, signedIn }));
}

export function occasionOf(ctx: Context, { uid }: Interaction): Occasion {
  return { uid, browser: browserMark(ctx) ?? '' };
}
