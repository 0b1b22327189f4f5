// The pages of the second factor: its code, a recovery code instead, setting one up, and the recovery codes that come
// with it. None is shown before the password was typed, here or in the session.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Interaction } from 'oidc-provider';
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.ts';
import { assertNotForged, browserMark } from '../../http/csrf.ts';
import { readForm } from '../../http/input.ts';
import { sendQrCode } from '../../http/qr-code.ts';
import { refusalText } from '../../http/refusal-texts.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { languageOf } from '../../http/request-language.ts';
import { allowOwnRequests } from '../../http/security-headers.ts';
import type { VerificationDeps } from '../../identity/email-verification/email-verification.ts';
import {
  listSecondFactors,
  proveByAuthenticator,
  proveByRecoveryCode,
  type SecondFactorDeps,
} from '../../identity/second-factors/second-factors.ts';
import { type BrowserMemoryDeps, remember } from './browser-memory.ts';
import { at, goTo } from './due-step.ts';
import { enrol, enrolmentOffer } from './enrolment-steps.ts';
import { personsFrameOf } from './interaction-frame.ts';
import { type InteractionDeps, passkeyUrls, urlOf } from './interaction.ts';
import { addProof, newCodesOf, proverOf, putCodesAway } from './sign-in-steps.ts';

export type SecondFactorRouteDeps = InteractionDeps &
  SecondFactorDeps &
  BrowserMemoryDeps &
  VerificationDeps;
type Deps = SecondFactorRouteDeps;

const codeForm = z.object({
  csrf: z.string().optional(),
  code: z.string().max(64).default(''),
  remember: z.literal('yes').optional(),
});
const doneForm = z.object({ csrf: z.string().optional() });

export function addSecondFactorRoutes(router: Router, deps: Deps): void {
  router.get('/second-factor', (ctx) => showAskedCode(deps, ctx, 'second-factor'));
  router.post('/second-factor', (ctx) => takeCode(deps, ctx, 'second-factor'));
  router.get('/recovery-code', (ctx) => showAskedCode(deps, ctx, 'recovery-code'));
  router.post('/recovery-code', (ctx) => takeCode(deps, ctx, 'recovery-code'));
  router.get('/enrol-second-factor', async (ctx) => {
    const interaction = await at(deps, ctx, 'enrol-second-factor');
    if (interaction) await showEnrolment(deps, ctx, { interaction });
  });
  router.post('/enrol-second-factor', (ctx) => takeEnrolment(deps, ctx));
  router.get('/qr-code', (ctx) => showQrCode(deps, ctx));
  router.get('/recovery-codes', (ctx) => showNewCodes(deps, ctx));
  router.post('/recovery-codes', (ctx) => takeCodesPutAway(deps, ctx));
}

type AskedCode = 'second-factor' | 'recovery-code';

const PROOFS = {
  'second-factor': { prove: proveByAuthenticator, by: 'totp' },
  'recovery-code': { prove: proveByRecoveryCode, by: 'recovery-code' },
} as const;

async function showAskedCode(deps: Deps, ctx: Context, page: AskedCode): Promise<void> {
  const interaction = await at(deps, ctx, 'second-factor');
  if (interaction) await renderAskedCode(deps, ctx, { interaction, page });
}

async function takeCode(deps: Deps, ctx: Context, page: AskedCode): Promise<void> {
  const { csrf, code, ...form } = await readForm(ctx, codeForm);
  assertNotForged(ctx, csrf);
  const interaction = await at(deps, ctx, 'second-factor');
  if (!interaction) return;

  const { prove, by } = PROOFS[page];
  const accountId = proverOf(interaction);
  try {
    await prove(deps, { userId: accountId, code }, requestFacts(ctx));
  } catch (error) {
    const fault = wrongCode(error);
    if (await isStillDue(deps, ctx))
      await renderAskedCode(deps, ctx, { interaction, page, error: fault });
    return;
  }
  goTo(ctx, await addProof(deps, interaction, { accountId, by, browser: browserMark(ctx) }));
  // Only once the sign-in goes on: one that has ended meanwhile, as with a new password, leaves nothing behind.
  if (form.remember && deps.config.rememberBrowserDays > 0) await remember(deps, ctx, accountId);
}

/**
 * A button that was pressed twice sends its code twice, and only the second answer is seen: a code that was used up by
 * the first form leads on. That one writes down what was proved when its code is used up already, so there is a wait.
 */
async function isStillDue(deps: Deps, ctx: Context): Promise<boolean> {
  await sleep(SAME_PRESS_MS);
  return (await at(deps, ctx, 'second-factor')) !== undefined;
}

const SAME_PRESS_MS = 250;

interface Asked {
  interaction: Interaction;
  page: AskedCode;
  error?: DomainError;
}

export async function renderAskedCode(
  deps: Deps,
  ctx: Context,
  { interaction, page, error }: Asked,
): Promise<void> {
  if (error) ctx.status = 401;
  const other = page === 'second-factor' ? 'recovery-code' : 'second-factor';
  const asked = {
    ...(await personsFrameOf(deps, ctx, interaction)),
    action: urlOf(interaction, page),
    otherWay: urlOf(interaction, other),
    fault: error && refusalText(languageOf(ctx), error),
  };
  if (page === 'recovery-code') return render(ctx, 'interaction/recovery-code', asked);

  const has = await listSecondFactors(deps, proverOf(interaction));
  const passkey = has.passkey ? passkeyUrls(interaction, 'passkey') : undefined;
  if (passkey) allowOwnRequests(ctx);
  render(ctx, 'interaction/second-factor', { ...asked, hasApp: has.authenticator, passkey });
}

async function takeEnrolment(deps: Deps, ctx: Context): Promise<void> {
  const { csrf, code } = await readForm(ctx, codeForm);
  assertNotForged(ctx, csrf);
  const interaction = await at(deps, ctx, 'enrol-second-factor');
  if (!interaction) return;

  const facts = requestFacts(ctx);
  try {
    goTo(ctx, await enrol(deps, interaction, { code, browser: browserMark(ctx), facts }));
  } catch (error) {
    // Another tab was faster: there is one to ask for now.
    if (error instanceof DomainError && error.refusal === 'conflict')
      goTo(ctx, urlOf(interaction, 'second-factor'));
    else await showEnrolment(deps, ctx, { interaction, error: wrongCode(error) });
  }
}

export async function showEnrolment(
  deps: Deps,
  ctx: Context,
  { interaction, error }: { interaction: Interaction; error?: DomainError },
): Promise<void> {
  const { seed } = await enrolmentOffer(deps, interaction);
  if (error) ctx.status = 401;
  allowOwnRequests(ctx);
  render(ctx, 'interaction/enrol-second-factor', {
    ...(await personsFrameOf(deps, ctx, interaction)),
    action: urlOf(interaction, 'enrol-second-factor'),
    passkey: passkeyUrls(interaction, 'new-passkey'),
    qrCode: urlOf(interaction, 'qr-code'),
    key: (seed.match(/.{1,4}/g) ?? []).join(' '),
    fault: error && refusalText(languageOf(ctx), error),
  });
}

async function showQrCode(deps: Deps, ctx: Context): Promise<void> {
  const interaction = await at(deps, ctx, 'enrol-second-factor');
  if (!interaction) return;
  const { uri } = await enrolmentOffer(deps, interaction);
  sendQrCode(ctx, uri);
}

async function showNewCodes(deps: Deps, ctx: Context): Promise<void> {
  const interaction = await at(deps, ctx, 'recovery-codes');
  if (!interaction) return;
  const { cancelAction: _, ...frame } = await personsFrameOf(deps, ctx, interaction);
  const action = urlOf(interaction, 'recovery-codes');
  render(ctx, 'interaction/recovery-codes', {
    ...frame,
    action,
    codes: newCodesOf(deps, interaction),
  });
}

async function takeCodesPutAway(deps: Deps, ctx: Context): Promise<void> {
  const { csrf } = await readForm(ctx, doneForm);
  assertNotForged(ctx, csrf);
  const interaction = await at(deps, ctx, 'recovery-codes');
  if (interaction) goTo(ctx, await putCodesAway(deps, interaction));
}

/** Too many attempts are not the form's fault: they get their own page and status. */
function wrongCode(error: unknown): DomainError {
  if (error instanceof DomainError && error.refusal === 'unauthenticated') return error;
  throw error;
}
