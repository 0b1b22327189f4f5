// The pages of what a person has to do before they go on (required-actions.ts), and of going on when it was done
// elsewhere. None is shown before the person has proved who they are, here or in the session.
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Interaction } from 'oidc-provider';
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.ts';
import { assertNotForged, browserMark } from '../../http/csrf.ts';
import { readForm } from '../../http/input.ts';
import { refusalText } from '../../http/refusal-texts.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { languageOf } from '../../http/request-language.ts';
import {
  isCodeOut,
  sendVerification,
  verifyByCode,
} from '../../identity/email-verification/email-verification.ts';
import { acceptTerms, termsInForce } from '../../identity/terms/terms.ts';
import { transact } from '../../storage/database.ts';
import { addPasswordRoutes, type RequiredPasswordDeps } from './required-password-routes.ts';
import { at, getAccount, goTo } from './due-step.ts';
import { urlOf } from './interaction.ts';
import { personsFrameOf } from './interaction-frame.ts';
import { goOnAfterAction, proverOf } from './sign-in-steps.ts';

export type RequiredActionRouteDeps = RequiredPasswordDeps;
type Deps = RequiredActionRouteDeps;

const bareForm = z.object({ csrf: z.string().optional() });
const codeForm = z.object({ csrf: z.string().optional(), code: z.string().max(64).default('') });
const termsForm = z.object({ csrf: z.string().optional(), version: z.string().max(100) });

export function addRequiredActionRoutes(router: Router, deps: Deps): void {
  router.get('/verify-email', async (ctx) => {
    const interaction = await at(deps, ctx, 'verify-email');
    if (interaction) await showVerification(deps, ctx, { interaction });
  });
  router.post('/verify-email', (ctx) => takeCode(deps, ctx));
  router.post('/verification-mails', (ctx) => mailAgain(deps, ctx));
  addPasswordRoutes(router, deps);
  router.get('/accept-terms', (ctx) => showTerms(deps, ctx));
  router.post('/accept-terms', (ctx) => takeTerms(deps, ctx));
  router.get('/continue', (ctx) => showContinue(deps, ctx));
  router.post('/continue', async (ctx) => {
    await readBareForm(ctx);
    const interaction = await at(deps, ctx, 'continue');
    if (interaction) goTo(ctx, await goOnAfterAction(deps, interaction, browserMark(ctx)));
  });
}

async function readBareForm(ctx: Context): Promise<void> {
  const { csrf } = await readForm(ctx, bareForm);
  assertNotForged(ctx, csrf);
}

async function takeCode(deps: Deps, ctx: Context): Promise<void> {
  const { csrf, code } = await readForm(ctx, codeForm);
  assertNotForged(ctx, csrf);
  const interaction = await at(deps, ctx, 'verify-email');
  if (!interaction) return;

  try {
    await verifyByCode(deps, { userId: proverOf(interaction), code }, requestFacts(ctx));
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'code_invalid') throw error;
    return showVerification(deps, ctx, { interaction, error });
  }
  goTo(ctx, await goOnAfterAction(deps, interaction, browserMark(ctx)));
}

/** Whatever of this fails is told on the page of the code. */
async function mailAgain(deps: Deps, ctx: Context): Promise<void> {
  await readBareForm(ctx);
  const interaction = await at(deps, ctx, 'verify-email');
  if (!interaction) return;

  const userId = proverOf(interaction);
  try {
    const sender = { actor: { type: 'user', id: userId }, request: requestFacts(ctx) } as const;
    await sendVerification(deps, userId, sender);
  } catch (error) {
    if (!(error instanceof DomainError) || error.refusal !== 'too-many') throw error;
    return showVerification(deps, ctx, { interaction, error });
  }
  goTo(ctx, urlOf(interaction, 'verify-email'));
}

async function showVerification(
  deps: Deps,
  ctx: Context,
  { interaction, error }: { interaction: Interaction; error?: DomainError },
): Promise<void> {
  const { id, email } = await getAccount(deps, proverOf(interaction));
  if (error) ctx.status = error.refusal === 'too-many' ? 429 : 422;
  if (error?.retryAfterSeconds) ctx.set('Retry-After', String(error.retryAfterSeconds));
  render(ctx, 'interaction/verify-email', {
    ...(await personsFrameOf(deps, ctx, interaction)),
    action: urlOf(interaction, 'verify-email'),
    mailAction: urlOf(interaction, 'verification-mails'),
    email: email ?? '',
    isMailed: await isCodeOut(deps, id),
    fault: error && refusalText(languageOf(ctx), error),
  });
}

async function showTerms(deps: Deps, ctx: Context): Promise<void> {
  const interaction = await at(deps, ctx, 'accept-terms');
  const terms = termsInForce(deps.config);
  if (!interaction || !terms) return;

  render(ctx, 'interaction/accept-terms', {
    ...(await personsFrameOf(deps, ctx, interaction)),
    action: urlOf(interaction, 'accept-terms'),
    version: terms.version,
    terms: terms.url,
    policy: terms.privacyUrl,
  });
}

/** What another node, or a page from before a restart, showed in another version was not read: it is shown anew. */
async function takeTerms(deps: Deps, ctx: Context): Promise<void> {
  const { csrf, version } = await readForm(ctx, termsForm);
  assertNotForged(ctx, csrf);
  const interaction = await at(deps, ctx, 'accept-terms');
  if (!interaction) return;
  if (version !== termsInForce(deps.config)?.version)
    return goTo(ctx, urlOf(interaction, 'accept-terms'));

  const acceptance = { userId: proverOf(interaction), version, facts: requestFacts(ctx) };
  try {
    await transact(deps.db, (tx) => acceptTerms(tx, deps, acceptance));
  } catch (error) {
    // Another tab was faster.
    if (!(error instanceof DomainError) || error.code !== 'terms_accepted') throw error;
  }
  goTo(ctx, await goOnAfterAction(deps, interaction, browserMark(ctx)));
}

async function showContinue(deps: Deps, ctx: Context): Promise<void> {
  const interaction = await at(deps, ctx, 'continue');
  if (!interaction) return;
  render(ctx, 'interaction/continue', {
    ...(await personsFrameOf(deps, ctx, interaction)),
    action: urlOf(interaction, 'continue'),
  });
}
