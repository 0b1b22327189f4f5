// The page that waits for the mail of a registration to arrive, and what follows when it has: by the code, typed here, or
// by the link, followed here or elsewhere.
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Interaction } from 'oidc-provider';
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.ts';
import { assertNotForged, browserMark } from '../../http/csrf.ts';
import { type DeviceCookieDeps, rememberDevice } from '../../http/device-cookie.ts';
import { readForm } from '../../http/input.ts';
import { refusalText } from '../../http/refusal-texts.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { languageOf } from '../../http/request-language.ts';
import {
  confirmByCode,
  takeRegistered,
} from '../../identity/registration/registration-completion.ts';
import {
  findPending,
  mailAgain,
  type PendingRegistration,
  type RegistrationDeps,
} from '../../identity/registration/registration.ts';
import type { SecondFactorDeps } from '../../identity/second-factors/second-factors.ts';
import { countSignIn } from '../../operations/metrics.ts';
import { at, goTo } from './due-step.ts';
import { frameOf } from './interaction-frame.ts';
import { type InteractionDeps, resultsOf, urlOf } from './interaction.ts';
import { addProof } from './sign-in-steps.ts';

export interface AddressConfirmationDeps
  extends InteractionDeps,
    SecondFactorDeps,
    RegistrationDeps,
    DeviceCookieDeps {
  config: InteractionDeps['config'];
  rateLimits: RegistrationDeps['rateLimits'] & SecondFactorDeps['rateLimits'];
  mail: RegistrationDeps['mail'] & SecondFactorDeps['mail'];
}

type Deps = AddressConfirmationDeps;

const mailedCode = z.object({ csrf: z.string().optional(), code: z.string().max(64).default('') });
const anotherMail = z.object({ csrf: z.string().optional() });

export function addAddressConfirmationRoutes(router: Router, deps: Deps): void {
  router.get('/confirm-address', async (ctx) => {
    const found = await findBegun(deps, ctx);
    if (found) await showConfirmation(deps, ctx, found);
  });
  router.post('/confirm-address', (ctx) => takeConfirmation(deps, ctx));
  router.post('/confirm-address/mail', async (ctx) => {
    const { csrf } = await readForm(ctx, anotherMail);
    assertNotForged(ctx, csrf);
    const found = await findBegun(deps, ctx);
    if (!found) return;
    if (!found.pending.confirmedAt) await mailAgain(deps, found.pending, requestFacts(ctx));
    goTo(ctx, urlOf(found.interaction, 'confirm-address'));
  });
}

interface Begun {
  interaction: Interaction;
  pending: PendingRegistration;
}

/** What was begun here; once it has expired, the browser is sent to begin anew. */
async function findBegun(deps: Deps, ctx: Context): Promise<Begun | undefined> {
  const interaction = await at(deps, ctx, 'confirm-address');
  const registration = interaction && resultsOf(interaction).registration;
  if (!interaction || !registration) return undefined;

  const begun = { id: registration.id, browserMark: registration.browser };
  const pending = await findPending(deps, begun);
  if (!pending) goTo(ctx, urlOf(interaction, 'create'));
  return pending && { interaction, pending };
}

async function takeConfirmation(deps: Deps, ctx: Context): Promise<void> {
  const { csrf, code } = await readForm(ctx, mailedCode);
  assertNotForged(ctx, csrf);
  const found = await findBegun(deps, ctx);
  if (!found) return;

  const facts = requestFacts(ctx);
  try {
    if (!found.pending.confirmedAt)
      await confirmByCode(deps, { pending: found.pending, code }, facts);
  } catch (error) {
    if (!(error instanceof DomainError) || !CONFIRMATION_FAULTS.has(error.code)) throw error;
    ctx.status = 422;
    return showConfirmation(deps, ctx, { ...found, fault: error });
  }
  await goOnAsRegistered(deps, ctx, found.interaction);
}

const CONFIRMATION_FAULTS = new Set(['code_invalid', 'account_exists']);

/** The password was typed here, if a while ago: it need not be typed again. */
async function goOnAsRegistered(deps: Deps, ctx: Context, interaction: Interaction): Promise<void> {
  const { registration } = resultsOf(interaction);
  const begun = { id: registration?.id ?? '', browserMark: registration?.browser ?? '' };
  const pending = await findPending(deps, begun);
  const user = pending && (await takeRegistered(deps, pending, requestFacts(ctx)));
  if (!user) return goTo(ctx, urlOf(interaction, 'login'));

  rememberDevice(deps, ctx, user.id);
  countSignIn('succeeded');
  const proof = { accountId: user.id, by: 'password', browser: browserMark(ctx) } as const;
  goTo(ctx, await addProof(deps, interaction, { ...proof, signedIn: user }));
}

async function showConfirmation(
  deps: Deps,
  ctx: Context,
  { interaction, pending, fault }: Begun & { fault?: DomainError },
): Promise<void> {
  const page = {
    ...(await frameOf(deps, ctx, interaction)),
    action: urlOf(interaction, 'confirm-address'),
    email: pending.email,
  };
  if (pending.confirmedAt) return render(ctx, 'interaction/address-confirmed', page);
  render(ctx, 'interaction/confirm-address', {
    ...page,
    again: urlOf(interaction, 'confirm-address/mail'),
    back: urlOf(interaction, 'create'),
    fault: fault && refusalText(languageOf(ctx), fault),
  });
}
