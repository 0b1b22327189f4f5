// The pages of a forgotten password. A GET uses nothing up: scanners of mail follow links, people open them twice.
import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import type { Told } from '../../foundation/errors.ts';
import { assertNotForged, browserMark, csrfToken } from '../../http/csrf.ts';
import { type DeviceCookieDeps, rememberDevice } from '../../http/device-cookie.ts';
import { guardAnswerOf, guardFields, guardView } from '../../http/guard-form.ts';
import { readForm, readParams, readQuery } from '../../http/input.ts';
import { refusalText } from '../../http/refusal-texts.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import {
  languageOf,
  tellingLocale,
  usePersonsLocale,
  useToldLocale,
} from '../../http/request-language.ts';
import { rememberedSignIn, rememberSignIn } from '../../http/interrupted-sign-in.ts';
import { type BotGuard, isGuardRefusal } from '../bot-guard/bot-guard.ts';
import { type OpenLink, requireLink } from '../one-time-links/one-time-links.ts';
import { whileLinkWorks } from '../../http/while-link-works.ts';
import type { PasswordUse } from '../passwords/password-checks.ts';
import type { PasswordStrength, StrengthMeter } from '../passwords/password-strength.ts';
import { passwordUseOf } from '../second-factors/second-factors.ts';
import {
  findNewPasswordFaults,
  type NewPasswordFaults,
  newPasswordForm,
} from './new-password-form.ts';
import {
  completeRecovery,
  type RecoveryDeps,
  requestRecovery,
  RESET_LINK_SECONDS,
} from './recovery.ts';

interface Deps extends RecoveryDeps, DeviceCookieDeps {
  botGuard: BotGuard;
  strengthMeter: StrengthMeter;
  /** Whether the sign-in that a person came from still waits for them. */
  isInteractionOpen: (uid: string) => Promise<boolean>;
}

const cameFrom = z.object({ interaction: z.string().max(100).default('') });

const requestForm = z.object({
  csrf: z.string().optional(),
  login: z.string().max(320).default(''),
  ...guardFields,
});

const mailedLink = z.object({ token: z.string().max(100) });

/** Only where mail reaches people. Everybody may ask; whoever holds a link may use it. */
export function recoveryRoutes(deps: Deps): Router {
  const router = new Router({ prefix: '/recovery' });

  router.get('/', (ctx) => {
    const { interaction } = readQuery(ctx, cameFrom);
    rememberSignIn(ctx, interaction);
    showRequest(deps, ctx, { login: '' });
  });
  router.post('/', (ctx) => takeRequest(deps, ctx));
  router.get('/sent', showSent);
  router.get('/done', async (ctx) => {
    const uid = rememberedSignIn(ctx);
    const isOpen = uid !== undefined && (await deps.isInteractionOpen(uid));
    useToldLocale(ctx);
    render(ctx, 'recovery/done', { ...(isOpen && { signIn: `/interaction/${uid}` }) });
  });
  router.get('/:token', (ctx) => whileItWorks(ctx, () => offerNewPassword(deps, ctx)));
  router.post('/:token', (ctx) => whileItWorks(ctx, () => takeNewPassword(deps, ctx)));
  return router;
}

async function takeRequest(deps: Deps, ctx: Context): Promise<void> {
  const { csrf, login, ...answer } = await readForm(ctx, requestForm);
  assertNotForged(ctx, csrf);
  if (login.trim() === '') return showRequest(deps, ctx, { login, fault: NO_NAME });

  const facts = requestFacts(ctx);
  try {
    await deps.botGuard.assertPassed(guardedForm(ctx), guardAnswerOf(answer), facts);
  } catch (error) {
    if (!isGuardRefusal(error)) throw error;
    return showRequest(deps, ctx, { login, fault: error });
  }
  await requestRecovery(deps, login, facts);
  goTo(ctx, '/recovery/sent');
}

/** Of this browser alone. */
const guardedForm = (ctx: Context) => `recovery:${browserMark(ctx) ?? ''}`;

/** The page leads them to a new one. */
const whileItWorks = (ctx: Context, act: () => Promise<void>): Promise<void> =>
  whileLinkWorks(ctx, act, () => render(ctx, 'recovery/ended', { again: '/recovery' }));

async function offerNewPassword(deps: Deps, ctx: Context): Promise<void> {
  const { token } = readParams(ctx, mailedLink);
  const link = await requireResetLink(deps, ctx, token);
  const use = await passwordUseOf(deps, link.user.id);
  showNewPassword(deps, ctx, { token, link, use, faults: {} });
}

async function takeNewPassword(deps: Deps, ctx: Context): Promise<void> {
  const { token } = readParams(ctx, mailedLink);
  const form = await readForm(ctx, newPasswordForm);
  assertNotForged(ctx, form.csrf);
  const link = await requireResetLink(deps, ctx, token);
  const use = await passwordUseOf(deps, link.user.id);
  const faults = await findNewPasswordFaults(deps, form, { owner: link.user, use });
  if (Object.keys(faults).length > 0) {
    const strength = await deps.strengthMeter.measure(form.password, link.user);
    ctx.status = 422;
    return showNewPassword(deps, ctx, { token, link, use, faults, strength });
  }

  await completeRecovery(deps, { link, password: form.password }, requestFacts(ctx));
  rememberDevice(deps, ctx, link.user.id);
  goTo(ctx, tellingLocale('/recovery/done', link.user.locale));
}

function requireResetLink(deps: Deps, ctx: Context, token: string): Promise<OpenLink> {
  return requireLink(deps, { purpose: 'reset-password', token }, requestFacts(ctx));
}

const NO_NAME = {
  code: 'sign_in_name_missing',
  message: 'Type your username or email address.',
};

function showRequest(
  { botGuard }: Deps,
  ctx: Context,
  { login, fault }: { login: string; fault?: Told },
): void {
  if (fault) ctx.status = 422;
  const csrf = csrfToken(ctx); // first: a new browser gets the cookie that the task is bound to
  render(ctx, 'recovery/request', {
    action: '/recovery',
    csrf,
    login,
    ...guardView(ctx, botGuard.taskFor(guardedForm(ctx))),
    fault: fault && refusalText(languageOf(ctx), fault),
  });
}

function showSent(ctx: Context): void {
  const lifetime = languageOf(ctx).duration(RESET_LINK_SECONDS * 1000);
  render(ctx, 'recovery/sent', { back: '/recovery', lifetime });
}

interface Page {
  token: string;
  link: OpenLink;
  use: PasswordUse;
  faults: NewPasswordFaults;
  strength?: PasswordStrength | undefined;
}

function showNewPassword(
  { passwordChecks }: Deps,
  ctx: Context,
  { token, link: { user }, use, faults, strength }: Page,
): void {
  usePersonsLocale(ctx, user.locale);
  const language = languageOf(ctx);
  render(ctx, 'recovery/new-password', {
    action: `/recovery/${encodeURIComponent(token)}`,
    csrf: csrfToken(ctx),
    login: user.login,
    faults: {
      ...(faults.password && { password: refusalText(language, faults.password) }),
      ...(faults.passwordAgain && { passwordAgain: refusalText(language, faults.passwordAgain) }),
    },
    minPasswordCharacters: passwordChecks.minCharacters[use],
    strength,
  });
}

function goTo(ctx: Context, url: string): void {
  ctx.status = 303;
  ctx.redirect(url);
}
