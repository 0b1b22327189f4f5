// Signing in by mail: asking for it, and the page for the code. What is offered before the proof is the same for whoever
// is asked for.
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Interaction } from 'oidc-provider';
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.ts';
import { assertNotForged } from '../../http/csrf.ts';
import { deviceMarks } from '../../http/device-cookie.ts';
import { guardFields } from '../../http/guard-form.ts';
import { readForm } from '../../http/input.ts';
import { refusalText } from '../../http/refusal-texts.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { languageOf } from '../../http/request-language.ts';
import {
  MAILED_SIGN_IN_SECONDS,
  requestSignInMail,
} from '../../identity/mailed-sign-in/mailed-sign-in-request.ts';
import { signInByCode } from '../../identity/mailed-sign-in/mailed-sign-in.ts';
import { goTo } from './due-step.ts';
import { frameOf } from './interaction-frame.ts';
import { resultsOf, saveResult, urlOf } from './interaction.ts';
import {
  answerRefusal,
  countRefusal,
  isIdentifierFirst,
  NO_NAME,
  showLogin,
  showPassword,
} from './login-page.ts';
import { passesMailGuard } from './mail-guard.ts';
import {
  atSignIn,
  goOnAs,
  type MailedSignInRouteDeps,
  occasionOf,
} from './mailed-sign-in-steps.ts';

type Deps = MailedSignInRouteDeps;

const requestForm = z.object({
  csrf: z.string().optional(),
  login: z.string().max(320).default(''),
  ...guardFields,
});
const codeForm = z.object({ csrf: z.string().optional(), code: z.string().max(64).default('') });

export function addMailedCodeRoutes(router: Router, deps: Deps): void {
  // Whoever reloads a form that was refused there comes back to where it was.
  router.get('/mail-code', async (ctx) => {
    const interaction = await atSignIn(deps, ctx);
    if (interaction) goTo(ctx, urlOf(interaction, 'login'));
  });
  router.post('/mail-code', (ctx) => takeRequest(deps, ctx));
  router.get('/mailed-code', (ctx) => showCodeStep(deps, ctx));
  router.post('/mailed-code', (ctx) => takeCode(deps, ctx));
}

async function takeRequest(deps: Deps, ctx: Context): Promise<void> {
  const form = await readForm(ctx, requestForm);
  assertNotForged(ctx, form.csrf);
  const interaction = await atSignIn(deps, ctx);
  if (!interaction) return;
  const login = form.login.trim();
  if (login === '') {
    ctx.status = 422;
    return showLogin(deps, ctx, { interaction, login, fault: NO_NAME });
  }

  if (!(await passesMailGuard(deps, ctx, { interaction, login, answer: form }))) return;
  const { mailed } = resultsOf(interaction);
  const times = mailed?.login === login ? mailed.times : 0;
  try {
    const request = { name: login, occasion: occasionOf(ctx, interaction) };
    const marks = deviceMarks(deps, ctx);
    await requestSignInMail(deps, { ...request, deviceMarks: marks }, requestFacts(ctx));
  } catch (error) {
    await showRefusedRequest(deps, ctx, { interaction, login, times, error });
    return;
  }
  const now = { identifier: login, mailed: { login, times: times + 1 } };
  await saveResult(deps, interaction, { ...resultsOf(interaction), ...now });
  goTo(ctx, urlOf(interaction, 'mailed-code'));
}

interface RefusedRequest {
  interaction: Interaction;
  login: string;
  times: number;
  error: unknown;
}

/** On the page where it was asked for. */
async function showRefusedRequest(
  deps: Deps,
  ctx: Context,
  { interaction, login, times, error }: RefusedRequest,
): Promise<void> {
  if (!(error instanceof DomainError)) throw error;
  countRefusal(error);
  answerRefusal(ctx, error);
  if (times > 0) return showCode(deps, ctx, { interaction, mailed: { login, times }, error });
  const show = isIdentifierFirst(deps) ? showPassword : showLogin;
  await show(deps, ctx, { interaction, login, fault: error });
}

async function showCodeStep(deps: Deps, ctx: Context): Promise<void> {
  const asked = await atAsked(deps, ctx);
  if (asked) await showCode(deps, ctx, asked);
}

async function takeCode(deps: Deps, ctx: Context): Promise<void> {
  const { csrf, code } = await readForm(ctx, codeForm);
  assertNotForged(ctx, csrf);
  const asked = await atAsked(deps, ctx);
  if (!asked) return;

  const { interaction } = asked;
  const occasion = occasionOf(ctx, interaction);
  try {
    const user = await signInByCode(deps, { code, occasion }, requestFacts(ctx));
    await goOnAs(deps, ctx, { interaction, user });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    countRefusal(error);
    answerRefusal(ctx, error);
    await showCode(deps, ctx, { ...asked, error });
  }
}

interface Asked {
  interaction: Interaction;
  mailed: { login: string; times: number };
  error?: DomainError;
}

/** What was asked for in this interaction; else the browser is sent to where it can be. */
async function atAsked(deps: Deps, ctx: Context): Promise<Asked | undefined> {
  const interaction = await atSignIn(deps, ctx);
  if (!interaction) return undefined;
  const { mailed } = resultsOf(interaction);
  if (mailed) return { interaction, mailed };
  goTo(ctx, urlOf(interaction, 'login'));
  return undefined;
}

async function showCode(
  deps: Deps,
  ctx: Context,
  { interaction, mailed, error }: Asked,
): Promise<void> {
  const language = languageOf(ctx);
  render(ctx, 'interaction/mailed-code', {
    ...(await frameOf(deps, ctx, interaction)),
    action: urlOf(interaction, 'mailed-code'),
    resend: urlOf(interaction, 'mail-code'),
    back: urlOf(interaction, isIdentifierFirst(deps) ? 'password' : 'login'),
    login: mailed.login,
    lifetime: language.duration(MAILED_SIGN_IN_SECONDS * 1000),
    wasResent: mailed.times > 1 && !error,
    fault: error && refusalText(language, error),
  });
}
