// Passkeys on the pages of a sign-in: what the page's script asks the browser for, and the answer. The same two paths
// serve a sign-in with nothing but a passkey and the second factor; which one is due is decided from what is stored. Two
// more make one where a second factor is to be set up.
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Interaction } from 'oidc-provider';
import * as z from 'zod';
import { browserName } from '../../foundation/browser-name.ts';
import { DomainError } from '../../foundation/errors.ts';
import { assertNotForged, browserMark } from '../../http/csrf.ts';
import { type DeviceCookieDeps, rememberDevice } from '../../http/device-cookie.ts';
import { readForm } from '../../http/input.ts';
import { requestFacts } from '../../http/request-context.ts';
import { countSignIn } from '../../operations/metrics.ts';
import type { VerificationDeps } from '../../identity/email-verification/email-verification.ts';
import {
  type AssertionAnswer,
  assertionField,
  attestationField,
} from '../../identity/passkeys/passkey-answer.ts';
import type { PasskeyEnrolmentDeps } from '../../identity/passkeys/passkey-enrolment.ts';
import {
  type PasskeyProof,
  type PasskeySignInDeps,
  proveByPasskey,
  secondFactorOptions,
  signInOptions,
  signInWithPasskey,
} from '../../identity/passkeys/passkey-sign-in.ts';
import type { User } from '../../identity/users/users.ts';
import { at, goTo, isOpen, stepOf } from './due-step.ts';
import { type InteractionDeps, readInteraction, urlOf } from './interaction.ts';
import { enrolPasskey, passkeyOffer } from './enrolment-steps.ts';
import { addProof, proverOf } from './sign-in-steps.ts';

export type PasskeyRouteDeps = InteractionDeps &
  PasskeySignInDeps &
  VerificationDeps &
  PasskeyEnrolmentDeps &
  DeviceCookieDeps;
type Deps = PasskeyRouteDeps;

interface Refused {
  interaction: Interaction;
  error: DomainError;
}

/** How the page that a passkey was asked for on is shown again. */
export interface PasskeyPages {
  login: (ctx: Context, refused: Refused) => Promise<void>;
  secondFactor: (ctx: Context, refused: Refused) => Promise<void>;
  enrolment: (ctx: Context, refused: Refused) => Promise<void>;
}

const passkeyForm = z.object({ csrf: z.string().optional(), credential: assertionField });
const newPasskeyForm = z.object({ csrf: z.string().optional(), credential: attestationField });

export function addPasskeyRoutes(router: Router, deps: Deps, pages: PasskeyPages): void {
  router.get('/passkey-options', (ctx) => showOptions(deps, ctx));
  router.post('/passkey', (ctx) => takePasskey(deps, ctx, pages));
  router.get('/new-passkey-options', async (ctx) => {
    const interaction = await at(deps, ctx, 'enrol-second-factor');
    if (interaction) ctx.body = await passkeyOffer(deps, interaction);
  });
  router.post('/new-passkey', (ctx) => takeNewPasskey(deps, ctx, pages));
}

async function showOptions(deps: Deps, ctx: Context): Promise<void> {
  const interaction = await readInteraction(deps, ctx);
  const step = await stepOf(deps, interaction);
  const { uid: interactionUid } = interaction;
  if (isOpen('login', step)) ctx.body = signInOptions(deps, interactionUid);
  else if (step === 'second-factor')
    ctx.body = await secondFactorOptions(deps, { interactionUid, userId: proverOf(interaction) });
  else goTo(ctx, urlOf(interaction, step));
}

async function takePasskey(deps: Deps, ctx: Context, pages: PasskeyPages): Promise<void> {
  const { csrf, credential } = await readForm(ctx, passkeyForm);
  assertNotForged(ctx, csrf);
  const interaction = await readInteraction(deps, ctx);
  const step = await stepOf(deps, interaction);
  if (isOpen('login', step)) await signIn(deps, ctx, { interaction, answer: credential, pages });
  else if (step === 'second-factor')
    await addSecond(deps, ctx, { interaction, answer: credential, pages });
  else goTo(ctx, urlOf(interaction, step));
}

async function takeNewPasskey(deps: Deps, ctx: Context, pages: PasskeyPages): Promise<void> {
  const { csrf, credential: answer } = await readForm(ctx, newPasskeyForm);
  assertNotForged(ctx, csrf);
  const interaction = await at(deps, ctx, 'enrol-second-factor');
  if (!interaction) return;

  const made = {
    answer,
    browserName: browserName(ctx.get('user-agent')),
    browser: browserMark(ctx),
    facts: requestFacts(ctx),
  };
  try {
    goTo(ctx, await enrolPasskey(deps, interaction, made));
  } catch (error) {
    await pages.enrolment(ctx, { interaction, error: refusedPasskey(error) });
  }
}

interface Taken {
  interaction: Interaction;
  answer: AssertionAnswer;
  pages: PasskeyPages;
}

async function signIn(
  deps: Deps,
  ctx: Context,
  { interaction, answer, pages }: Taken,
): Promise<void> {
  try {
    const given = { answer, interactionUid: interaction.uid };
    const proof = await signInWithPasskey(deps, given, requestFacts(ctx));
    rememberDevice(deps, ctx, proof.user.id);
    countSignIn('succeeded');
    goTo(ctx, await add(deps, ctx, { interaction, proof, signedIn: proof.user }));
  } catch (error) {
    const refused = refusedPasskey(error);
    countSignIn(refused.refusal === 'too-many' ? 'limited' : 'failed');
    await pages.login(ctx, { interaction, error: refused });
  }
}

/** Too many attempts are not the form's fault there: they get their own page and status, as codes do. */
async function addSecond(
  deps: Deps,
  ctx: Context,
  { interaction, answer, pages }: Taken,
): Promise<void> {
  try {
    const given = { userId: proverOf(interaction), answer, interactionUid: interaction.uid };
    const proof = await proveByPasskey(deps, given, requestFacts(ctx));
    goTo(ctx, await add(deps, ctx, { interaction, proof }));
  } catch (error) {
    const refused = refusedPasskey(error);
    if (refused.refusal === 'too-many') throw refused;
    await pages.secondFactor(ctx, { interaction, error: refused });
  }
}

interface Proved {
  interaction: Interaction;
  proof: PasskeyProof;
  signedIn?: User;
}

function add(deps: Deps, ctx: Context, { interaction, proof, signedIn }: Proved): Promise<string> {
  const { user, isUserVerified, isSynced } = proof;
  return addProof(deps, interaction, {
    accountId: user.id,
    by: 'passkey',
    passkey: { isUserVerified, isSynced },
    browser: browserMark(ctx),
    ...(signedIn && { signedIn }),
  });
}

function refusedPasskey(error: unknown): DomainError {
  const isRefusal =
    error instanceof DomainError &&
    ['unauthenticated', 'too-many', 'conflict'].includes(error.refusal);
  if (isRefusal) return error;
  throw error;
}
