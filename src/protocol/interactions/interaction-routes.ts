// The pages between an authorization request and its answer: GET /interaction/:uid leads to the step
// that is due; a step out of turn leads there too.
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Interaction } from 'oidc-provider';
import * as z from 'zod';
import { DomainError, type Refusal } from '../../foundation/errors.ts';
import { assertNotForged, browserMark, csrfToken } from '../../http/csrf.ts';
import { type DeviceCookieDeps, deviceMarks, rememberDevice } from '../../http/device-cookie.ts';
import { readForm } from '../../http/input.ts';
import { refusalText } from '../../http/refusal-texts.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { languageOf, usePersonsLocale } from '../../http/request-language.ts';
import { allowFormRedirects, allowOwnRequests } from '../../http/security-headers.ts';
import type { Outbox } from '../../operations/mail/outbox.ts';
import { countSignIn } from '../../operations/metrics.ts';
import type { signIn, SignInDeps } from '../../identity/sign-in/sign-in.ts';
import { toClientCard } from './client-card.ts';
import { answerConsent, cancel, consentPage, switchAccount } from './interaction-steps.ts';
import { at, goTo, stepOf } from './due-step.ts';
import { clientOf, passkeyUrls, readInteraction, urlOf } from './interaction.ts';
import { addPasskeyRoutes, type PasskeyRouteDeps } from './passkey-routes.ts';
import {
  addSecondFactorRoutes,
  renderAskedCode,
  type SecondFactorRouteDeps,
} from './second-factor-routes.ts';
import { addProof } from './sign-in-steps.ts';

export type InteractionRouteDeps = SecondFactorRouteDeps &
  SignInDeps &
  PasskeyRouteDeps &
  DeviceCookieDeps & { signIn: typeof signIn; mail: Pick<Outbox, 'available'> };

const loginForm = z.object({
  csrf: z.string().optional(),
  login: z.string().max(320).default(''),
  password: z.string().max(4096).default(''),
});

const consentForm = z.object({
  csrf: z.string().optional(),
  decision: z.enum(['allow', 'deny', 'switch']),
  scope: z
    .union([z.string(), z.array(z.string())])
    .default([])
    .transform((scope) => [scope].flat()),
});

const cancelForm = z.object({ csrf: z.string().optional() });

export function interactionRoutes(deps: InteractionRouteDeps): Router {
  const router = new Router({ prefix: '/interaction/:uid' });
  router.use((ctx, next) => {
    allowFormRedirects(ctx);
    return next();
  });

  router.get('/', async (ctx) => {
    const interaction = await readInteraction(deps, ctx);
    goTo(ctx, urlOf(interaction, await stepOf(deps, interaction)));
  });
  router.get('/login', (ctx) => showLoginStep(deps, ctx));
  router.post('/login', (ctx) => takeLogin(deps, ctx));
  addSecondFactorRoutes(router, deps);
  addPasskeyRoutes(router, deps, {
    login: (ctx, refused) => showLogin(deps, ctx, { login: '', ...refused }),
    secondFactor: (ctx, refused) =>
      renderAskedCode(deps, ctx, { page: 'second-factor', ...refused }),
  });
  router.get('/consent', (ctx) => showConsentStep(deps, ctx));
  router.post('/consent', (ctx) => takeConsent(deps, ctx));
  router.post('/cancellation', async (ctx) => {
    const { csrf } = await readForm(ctx, cancelForm);
    assertNotForged(ctx, csrf);
    goTo(ctx, await cancel(deps, await readInteraction(deps, ctx), requestFacts(ctx)));
  });
  return router;
}

async function showLoginStep(deps: InteractionRouteDeps, ctx: Context): Promise<void> {
  const interaction = await at(deps, ctx, 'login');
  if (interaction) await showLogin(deps, ctx, { interaction, login: hintOf(interaction.params) });
}

async function takeLogin(deps: InteractionRouteDeps, ctx: Context): Promise<void> {
  const form = await readForm(ctx, loginForm);
  assertNotForged(ctx, form.csrf);
  const interaction = await at(deps, ctx, 'login');
  if (!interaction) return;

  try {
    const attempt = { ...form, deviceMarks: deviceMarks(deps, ctx) };
    const user = await deps.signIn(deps, attempt, requestFacts(ctx));
    rememberDevice(deps, ctx, user.id);
    countSignIn('succeeded');
    const proof = { accountId: user.id, by: 'password', browser: browserMark(ctx) } as const;
    goTo(ctx, await addProof(deps, interaction, proof));
  } catch (error) {
    if (error instanceof DomainError) countRefusal(error);
    if (!isRefusedSignIn(error)) throw error;
    await showLogin(deps, ctx, { interaction, login: form.login, error });
  }
}

async function showConsentStep(deps: InteractionRouteDeps, ctx: Context): Promise<void> {
  const interaction = await at(deps, ctx, 'consent');
  if (!interaction) return;
  const page = await consentPage(deps, interaction, (locale) => {
    usePersonsLocale(ctx, locale);
    return languageOf(ctx);
  });
  render(ctx, 'interaction/consent', { ...page, csrf: csrfToken(ctx) });
}

async function takeConsent(deps: InteractionRouteDeps, ctx: Context): Promise<void> {
  const { csrf, decision, scope } = await readForm(ctx, consentForm);
  assertNotForged(ctx, csrf);
  const interaction = await at(deps, ctx, 'consent');
  if (!interaction) return;

  const facts = requestFacts(ctx);
  const next: Record<typeof decision, () => Promise<string>> = {
    allow: () => answerConsent(deps, interaction, { chosen: scope, facts }),
    deny: () => cancel(deps, interaction, facts),
    switch: () => switchAccount(deps, interaction),
  };
  goTo(ctx, await next[decision]());
}

async function showLogin(
  deps: InteractionRouteDeps,
  ctx: Context,
  { interaction, login, error }: { interaction: Interaction; login: string; error?: DomainError },
): Promise<void> {
  const client = await clientOf(deps, interaction);
  if (error) ctx.status = STATUS.get(error.refusal) ?? 400;
  if (error?.retryAfterSeconds) ctx.set('Retry-After', String(error.retryAfterSeconds));
  allowOwnRequests(ctx);
  render(ctx, 'interaction/login', {
    action: urlOf(interaction, 'login'),
    cancelAction: urlOf(interaction, 'cancellation'),
    csrf: csrfToken(ctx),
    client: toClientCard(client, languageOf(ctx), textOf(interaction.params['redirect_uri'])),
    login,
    passkey: passkeyUrls(interaction),
    ...(deps.mail.available && { recovery: `/recovery?interaction=${interaction.uid}` }),
    fault: error && refusalText(languageOf(ctx), error),
  });
}

function countRefusal({ refusal }: DomainError): void {
  if (refusal === 'unauthenticated') countSignIn('failed');
  if (refusal === 'too-many') countSignIn('limited');
  if (refusal === 'unavailable') countSignIn('overloaded');
}

/** How the form is shown again. A full queue is not the form's fault: it has a page of its own. */
const STATUS = new Map<Refusal, number>([
  ['invalid', 400],
  ['unauthenticated', 401],
  ['too-many', 429],
]);

function isRefusedSignIn(error: unknown): error is DomainError {
  return error instanceof DomainError && STATUS.has(error.refusal);
}

const hintOf = ({ login_hint: hint }: Record<string, unknown>) =>
  (textOf(hint) ?? '').slice(0, 320);

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);
