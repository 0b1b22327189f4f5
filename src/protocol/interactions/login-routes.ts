// The pages of login and password: what is typed there, and where it leads.
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.ts';
import { assertNotForged, browserMark } from '../../http/csrf.ts';
import { type DeviceCookieDeps, deviceMarks, rememberDevice } from '../../http/device-cookie.ts';
import { readForm } from '../../http/input.ts';
import { requestFacts } from '../../http/request-context.ts';
import type { VerificationDeps } from '../../identity/email-verification/email-verification.ts';
import type { signIn, SignInDeps } from '../../identity/sign-in/sign-in.ts';
import type { SecondFactorDeps } from '../../identity/second-factors/second-factors.ts';
import { countSignIn } from '../../operations/metrics.ts';
import { type AccountChoiceDeps, chosenLogin } from './account-choice-routes.ts';
import { isRemembered as isBrowserKnown } from './browser-memory.ts';
import { at, goTo } from './due-step.ts';
import { resultsOf, saveResult, urlOf } from './interaction.ts';
import {
  answerRefusal,
  countRefusal,
  isIdentifierFirst,
  type LoginPageDeps,
  mailFault,
  NO_NAME,
  showLogin,
  showPassword,
} from './login-page.ts';
import { addProof } from './sign-in-steps.ts';

export type LoginRouteDeps = AccountChoiceDeps &
  VerificationDeps &
  LoginPageDeps &
  SecondFactorDeps &
  SignInDeps &
  DeviceCookieDeps & { signIn: typeof signIn };

type Deps = LoginRouteDeps;
type ShowPage = typeof showLogin;

const loginForm = z.object({
  csrf: z.string().optional(),
  login: z.string().max(320).default(''),
  password: z.string().max(4096).default(''),
});

export function addLoginRoutes(router: Router, deps: Deps): void {
  router.get('/login', (ctx) => showLoginStep(deps, ctx));
  if (!isIdentifierFirst(deps)) {
    router.post('/login', (ctx) => takeLogin(deps, ctx, showLogin));
    return;
  }
  router.post('/login', (ctx) => takeIdentifier(deps, ctx));
  router.get('/password', (ctx) => showPasswordStep(deps, ctx));
  router.post('/password', (ctx) => takeLogin(deps, ctx, showPassword));
}

async function showLoginStep(deps: Deps, ctx: Context): Promise<void> {
  const interaction = await at(deps, ctx, 'login');
  if (!interaction) return;
  const { identifier } = resultsOf(interaction);
  const login = (await chosenLogin(deps, ctx)) ?? identifier ?? hintOf(interaction.params);
  await showLogin(deps, ctx, { interaction, login, fault: await mailFault(deps, interaction) });
}

async function takeLogin(deps: Deps, ctx: Context, show: ShowPage): Promise<void> {
  const form = await readForm(ctx, loginForm);
  assertNotForged(ctx, form.csrf);
  const interaction = await at(deps, ctx, 'login');
  if (!interaction) return;

  try {
    const attempt = { ...form, deviceMarks: deviceMarks(deps, ctx) };
    const user = await deps.signIn(deps, attempt, requestFacts(ctx));
    const isRemembered = await isBrowserKnown(deps, ctx, user.id);
    rememberDevice(deps, ctx, user.id);
    countSignIn('succeeded');
    const proof = { accountId: user.id, by: 'password', browser: browserMark(ctx) } as const;
    goTo(ctx, await addProof(deps, interaction, { ...proof, isRemembered, signedIn: user }));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    countRefusal(error);
    answerRefusal(ctx, error);
    await show(deps, ctx, { interaction, login: form.login, fault: error });
  }
}

/** Whoever it is, the password's page is next. Nobody is looked up. */
async function takeIdentifier(deps: Deps, ctx: Context): Promise<void> {
  const { csrf, login } = await readForm(ctx, loginForm);
  assertNotForged(ctx, csrf);
  const interaction = await at(deps, ctx, 'login');
  if (!interaction) return;
  const identifier = login.trim();
  if (identifier === '') {
    ctx.status = 422;
    return showLogin(deps, ctx, { interaction, login: '', fault: NO_NAME });
  }

  await saveResult(deps, interaction, { ...resultsOf(interaction), identifier });
  goTo(ctx, urlOf(interaction, 'password'));
}

async function showPasswordStep(deps: Deps, ctx: Context): Promise<void> {
  const interaction = await at(deps, ctx, 'login');
  if (!interaction) return;
  const { identifier } = resultsOf(interaction);
  if (identifier === undefined) goTo(ctx, urlOf(interaction, 'login'));
  else await showPassword(deps, ctx, { interaction, login: identifier });
}

const hintOf = ({ login_hint: hint }: Record<string, unknown>) =>
  (typeof hint === 'string' ? hint : '').slice(0, 320);
