// The page behind the link of an invitation. Looking at it uses nothing up.
import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { assertNotForged, csrfToken } from '../../http/csrf.ts';
import { readForm, readParams } from '../../http/input.ts';
import { refusalText } from '../../http/refusal-texts.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { languageOf, usePersonsLocale } from '../../http/request-language.ts';
import type { PasswordStrength, StrengthMeter } from '../passwords/password-strength.ts';
import { termsInForce } from '../terms/terms.ts';
import { acceptInvitation, type Invitation, requireInvitation } from './invitations.ts';
import {
  findFieldFaults,
  type FormDeps,
  type RegistrationFaults,
  registrationFaultsOf,
  registrationFields,
} from './registration-form.ts';
import type { RegistrationDeps } from './registration.ts';

interface Deps extends RegistrationDeps {
  config: RegistrationDeps['config'] & FormDeps['config'];
  strengthMeter: StrengthMeter;
}

const mailedLink = z.object({ token: z.string().max(100) });

const { email: _, ...acceptanceFields } = registrationFields;
const acceptance = z.object(acceptanceFields);

/** Whoever holds the link may use it: it was mailed to them. */
export function invitationRoutes(deps: Deps): Router {
  const router = new Router({ prefix: '/invitation' });

  router.get('/:token', async (ctx) => {
    const { token } = readParams(ctx, mailedLink);
    const invitation = await requireInvitation(deps, token, requestFacts(ctx));
    show(deps, ctx, { invitation, name: invitation.name ?? '', faults: {} });
  });
  router.post('/:token', (ctx) => takeAcceptance(deps, ctx));
  return router;
}

async function takeAcceptance(deps: Deps, ctx: Context): Promise<void> {
  const { token } = readParams(ctx, mailedLink);
  const form = await readForm(ctx, acceptance);
  assertNotForged(ctx, form.csrf);
  const facts = requestFacts(ctx);
  const invitation = await requireInvitation(deps, token, facts);
  const faults = await findFieldFaults(deps, { ...form, email: invitation.email });
  if (Object.keys(faults).length > 0) return showAgain(deps, ctx, { invitation, form, faults });

  try {
    const { name, password, terms } = form;
    await acceptInvitation(deps, { token, name, password, termsVersion: terms }, facts);
  } catch (error) {
    const refused = registrationFaultsOf(error);
    if (!refused) throw error;
    return showAgain(deps, ctx, { invitation, form, faults: refused });
  }
  ctx.status = 303;
  ctx.redirect('/create-account/done');
}

interface Page {
  invitation: Invitation;
  name: string;
  faults: RegistrationFaults;
  strength?: PasswordStrength | undefined;
}

async function showAgain(
  deps: Deps,
  ctx: Context,
  { invitation, form, faults }: Omit<Page, 'name'> & { form: z.output<typeof acceptance> },
): Promise<void> {
  const { email } = invitation;
  const owner = { login: email, email, name: form.name };
  const strength = await deps.strengthMeter.measure(form.password, owner);
  ctx.status = 422;
  show(deps, ctx, { invitation, name: form.name, faults, strength });
}

function show(
  { passwordChecks, config }: Deps,
  ctx: Context,
  { invitation, name, faults, strength }: Page,
): void {
  usePersonsLocale(ctx, invitation.locale);
  const language = languageOf(ctx);
  render(ctx, 'invitation/form', {
    action: ctx.path,
    csrf: csrfToken(ctx),
    email: invitation.email,
    values: { name },
    faults: Object.fromEntries(
      Object.entries(faults).map(([field, fault]) => [field, refusalText(language, fault)]),
    ),
    terms: termsInForce(config),
    minPasswordCharacters: passwordChecks.minCharacters.alone,
    strength,
  });
}
