// Opening an account on the way to an application: the form. What was asked for is remembered in the interaction, so that
// its browser alone goes on with it.
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Interaction } from 'oidc-provider';
import * as z from 'zod';
import { assertNotForged, browserMark } from '../../http/csrf.ts';
import { guardAnswerOf, guardFields, guardView } from '../../http/guard-form.ts';
import { readForm } from '../../http/input.ts';
import { rememberSignIn } from '../../http/interrupted-sign-in.ts';
import { refusalText } from '../../http/refusal-texts.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { languageOf } from '../../http/request-language.ts';
import type { BotGuard } from '../../identity/bot-guard/bot-guard.ts';
import type {
  PasswordStrength,
  StrengthMeter,
} from '../../identity/passwords/password-strength.ts';
import {
  findRegistrationFaults,
  type RegistrationFaults,
  registrationFaultsOf,
  registrationFields,
} from '../../identity/registration/registration-form.ts';
import { beginRegistration } from '../../identity/registration/registration.ts';
import { termsInForce } from '../../identity/terms/terms.ts';
import {
  addAddressConfirmationRoutes,
  type AddressConfirmationDeps,
} from './address-confirmation-routes.ts';
import { at, goTo } from './due-step.ts';
import { frameOf } from './interaction-frame.ts';
import { resultsOf, saveResult, urlOf } from './interaction.ts';

export interface AccountCreationDeps extends AddressConfirmationDeps {
  strengthMeter: StrengthMeter;
  botGuard: BotGuard;
}

type Deps = AccountCreationDeps;

const newAccount = z.object({ ...registrationFields, ...guardFields });

export function addAccountCreationRoutes(router: Router, deps: Deps): void {
  router.get('/create', async (ctx) => {
    const interaction = await at(deps, ctx, 'create');
    if (!interaction) return;
    const values = { name: '', email: hintedAddress(interaction) };
    await showForm(deps, ctx, { interaction, values, faults: {} });
  });
  router.post('/create', (ctx) => takeForm(deps, ctx));
  addAddressConfirmationRoutes(router, deps);
}

const guardedForm = ({ uid }: Interaction) => `create:${uid}`;

async function takeForm(deps: Deps, ctx: Context): Promise<void> {
  const form = await readForm(ctx, newAccount);
  assertNotForged(ctx, form.csrf);
  const interaction = await at(deps, ctx, 'create');
  if (!interaction) return;

  const facts = requestFacts(ctx);
  const browser = browserMark(ctx) ?? '';
  try {
    await deps.botGuard.assertPassed(guardedForm(interaction), guardAnswerOf(form), facts);
    const faults = await findRegistrationFaults(deps, form);
    if (Object.keys(faults).length > 0)
      return await showAgain(deps, ctx, { interaction, form, faults });

    const { email, name, password } = form;
    const request = {
      email,
      name,
      password,
      termsVersion: form.terms,
      locale: languageOf(ctx).lang,
      browserMark: browser,
    };
    const id = await beginRegistration(deps, request, facts);
    // Whoever opens an account is not who has proved something here before.
    const { proved: _, ...before } = resultsOf(interaction);
    const results = { ...before, registration: { id, browser } };
    await saveResult(deps, interaction, results);
    rememberSignIn(ctx, interaction.uid, '/create-account');
    goTo(ctx, urlOf(interaction, 'confirm-address'));
  } catch (error) {
    const faults = registrationFaultsOf(error);
    if (!faults) throw error;
    await showAgain(deps, ctx, { interaction, form, faults });
  }
}

interface Page {
  interaction: Interaction;
  values: { name: string; email: string };
  faults: RegistrationFaults;
  strength?: PasswordStrength | undefined;
}

async function showAgain(
  deps: Deps,
  ctx: Context,
  { interaction, form, faults }: Omit<Page, 'values'> & { form: z.output<typeof newAccount> },
): Promise<void> {
  const { email, name, password } = form;
  const strength = await deps.strengthMeter.measure(password, { login: email, email, name });
  const isLimited = faults['form']?.code === 'rate_limited';
  ctx.status = isLimited ? 429 : 422;
  if (isLimited) ctx.set('Retry-After', String(faults['form']?.retryAfterSeconds ?? 60));
  await showForm(deps, ctx, { interaction, values: { name, email }, faults, strength });
}

async function showForm(
  deps: Deps,
  ctx: Context,
  { interaction, values, faults, strength }: Page,
): Promise<void> {
  const language = languageOf(ctx);
  render(ctx, 'interaction/create', {
    ...(await frameOf(deps, ctx, interaction)),
    action: urlOf(interaction, 'create'),
    cancelAction: urlOf(interaction, 'cancellation'),
    signIn: urlOf(interaction, 'login'),
    values,
    faults: Object.fromEntries(
      Object.entries(faults).map(([field, fault]) => [field, refusalText(language, fault)]),
    ),
    terms: termsInForce(deps.config),
    minPasswordCharacters: deps.passwordChecks.minCharacters.alone,
    strength,
    ...guardView(ctx, deps.botGuard.taskFor(guardedForm(interaction))),
  });
}

function hintedAddress({ params }: Interaction): string {
  const hint = params['login_hint'];
  return typeof hint === 'string' && hint.includes('@') ? hint.slice(0, 320) : '';
}
