// The pages between an authorization request and its answer: GET /interaction/:uid leads to the step
// that is due; a step out of turn leads there too.
import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { assertNotForged, csrfToken } from '../../http/csrf.ts';
import { readForm } from '../../http/input.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { languageOf, usePersonsLocale } from '../../http/request-language.ts';
import { allowFormRedirects } from '../../http/security-headers.ts';
import { isSelfService } from '../../identity/registration/openness.ts';
import { type AccountChoiceDeps, addAccountChoiceRoutes } from './account-choice-routes.ts';
import { type AccountCreationDeps, addAccountCreationRoutes } from './account-creation-routes.ts';
import { answerConsent, cancel, consentPage, switchAccount } from './interaction-steps.ts';
import { at, goTo, stepOf } from './due-step.ts';
import { isNotFound, readInteraction, urlOf } from './interaction.ts';
import { addInterruptedRoutes, showInterrupted } from './interrupted-routes.ts';
import { addKeepAccountRoutes, type KeepAccountRouteDeps } from './keep-account-routes.ts';
import { answerRefusal, isMailOffered, showLogin } from './login-page.ts';
import { addLoginRoutes, type LoginRouteDeps } from './login-routes.ts';
import { addMailedCodeRoutes } from './mailed-code-routes.ts';
import { addMailedLinkRoutes } from './mailed-link-routes.ts';
import type { MailedSignInRouteDeps } from './mailed-sign-in-steps.ts';
import { addPasskeyRoutes, type PasskeyRouteDeps } from './passkey-routes.ts';
import { addRequiredActionRoutes, type RequiredActionRouteDeps } from './required-action-routes.ts';
import {
  addSecondFactorRoutes,
  renderAskedCode,
  type SecondFactorRouteDeps,
  showEnrolment,
} from './second-factor-routes.ts';

export type InteractionRouteDeps = SecondFactorRouteDeps &
  KeepAccountRouteDeps &
  RequiredActionRouteDeps &
  LoginRouteDeps &
  MailedSignInRouteDeps &
  PasskeyRouteDeps &
  AccountChoiceDeps &
  AccountCreationDeps;

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
  router.use(async (ctx, next) => {
    allowFormRedirects(ctx);
    try {
      await next();
    } catch (error) {
      if (!isNotFound(error) || ctx.accepts('json', 'html') !== 'html') throw error;
      await showInterrupted(deps, ctx);
    }
  });

  router.get('/', async (ctx) => {
    const interaction = await readInteraction(deps, ctx);
    goTo(ctx, urlOf(interaction, await stepOf(deps, interaction)));
  });
  addSignInRoutes(router, deps);
  router.get('/consent', (ctx) => showConsentStep(deps, ctx));
  router.post('/consent', (ctx) => takeConsent(deps, ctx));
  router.post('/switch', async (ctx) => {
    const { csrf } = await readForm(ctx, cancelForm);
    assertNotForged(ctx, csrf);
    goTo(ctx, await switchAccount(deps, await readInteraction(deps, ctx)));
  });
  router.post('/cancellation', async (ctx) => {
    const { csrf } = await readForm(ctx, cancelForm);
    assertNotForged(ctx, csrf);
    goTo(ctx, await cancel(deps, await readInteraction(deps, ctx), requestFacts(ctx)));
  });
  return router;
}

/** Every way to prove who one is, and what may be asked for besides. */
function addSignInRoutes(router: Router, deps: InteractionRouteDeps): void {
  addLoginRoutes(router, deps);
  if (isMailOffered(deps)) {
    addMailedCodeRoutes(router, deps);
    addMailedLinkRoutes(router, deps);
  }
  addInterruptedRoutes(router, deps);
  addAccountChoiceRoutes(router, deps);
  if (isSelfService(deps.config)) addAccountCreationRoutes(router, deps);
  addSecondFactorRoutes(router, deps);
  addPasskeyRoutes(router, deps, {
    login: (ctx, { interaction, error }) => {
      answerRefusal(ctx, error);
      return showLogin(deps, ctx, { interaction, login: '', fault: error });
    },
    secondFactor: (ctx, refused) =>
      renderAskedCode(deps, ctx, { page: 'second-factor', ...refused }),
    enrolment: (ctx, refused) => showEnrolment(deps, ctx, refused),
  });
  addRequiredActionRoutes(router, deps);
  addKeepAccountRoutes(router, deps);
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
