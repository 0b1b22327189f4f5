// The page on which a person has to choose another password before they go on. Everything else they are signed in to
// ends with it, since whoever knew the old one may be signed in too; the sign-in that it happens in goes on.
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Interaction } from 'oidc-provider';
import { DomainError } from '../../foundation/errors.ts';
import { assertNotForged, browserMark } from '../../http/csrf.ts';
import { readForm } from '../../http/input.ts';
import { refusalText } from '../../http/refusal-texts.ts';
import { render } from '../../http/render.ts';
import { languageOf } from '../../http/request-language.ts';
import type {
  PasswordStrength,
  StrengthMeter,
} from '../../identity/passwords/password-strength.ts';
import {
  findNewPasswordFaults,
  type NewPasswordFaults,
  newPasswordForm,
} from '../../identity/recovery/new-password-form.ts';
import { passwordUseOf } from '../../identity/second-factors/second-factors.ts';
import { chooseOtherPassword } from '../../identity/users/required-password-change.ts';
import type { PasswordDeps } from '../../identity/users/users.ts';
import { stateId } from '../state/protocol-state.ts';
import { at, getAccount, goTo } from './due-step.ts';
import { urlOf } from './interaction.ts';
import { personsFrameOf } from './interaction-frame.ts';
import type { SecondFactorRouteDeps } from './second-factor-routes.ts';
import { goOnAfterAction, proverOf } from './sign-in-steps.ts';

export type RequiredPasswordDeps = SecondFactorRouteDeps &
  PasswordDeps & { strengthMeter: StrengthMeter };
type Deps = RequiredPasswordDeps;

export function addPasswordRoutes(router: Router, deps: Deps): void {
  router.get('/change-password', async (ctx) => {
    const interaction = await at(deps, ctx, 'change-password');
    if (interaction) await show(deps, ctx, { interaction, faults: {} });
  });
  router.post('/change-password', (ctx) => takePassword(deps, ctx));
}

async function takePassword(deps: Deps, ctx: Context): Promise<void> {
  const form = await readForm(ctx, newPasswordForm);
  assertNotForged(ctx, form.csrf);
  const interaction = await at(deps, ctx, 'change-password');
  if (!interaction) return;

  const user = await getAccount(deps, proverOf(interaction));
  const use = await passwordUseOf(deps, user.id);
  const found = await findNewPasswordFaults(deps, form, { owner: user, use });
  const faults = isEmpty(found) ? await choose(deps, interaction, form.password) : found;
  if (isEmpty(faults)) return goTo(ctx, await goOnAfterAction(deps, interaction, browserMark(ctx)));

  const strength = await deps.strengthMeter.measure(form.password, user);
  ctx.status = 422;
  await show(deps, ctx, { interaction, faults, strength });
}

const isEmpty = (faults: NewPasswordFaults) => Object.keys(faults).length === 0;

/** Of two tabs, the one that comes second goes on with what the first has set. */
async function choose(
  deps: Deps,
  interaction: Interaction,
  password: string,
): Promise<NewPasswordFaults> {
  const user = await getAccount(deps, proverOf(interaction));
  const { session, uid } = interaction;
  const isOwnSession = session?.accountId === user.id;
  const sessionUid = isOwnSession ? session?.uid : undefined;
  try {
    const keep = { sessionUid, grantIds: [], stateId: stateId(uid) };
    await chooseOtherPassword(deps, { user, password, keep });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    if (error.code === 'password_unchanged') return { password: error };
    if (error.code !== 'password_changed') throw error;
  }
  return {};
}

interface Page {
  interaction: Interaction;
  faults: NewPasswordFaults;
  strength?: PasswordStrength | undefined;
}

async function show(
  deps: Deps,
  ctx: Context,
  { interaction, faults, strength }: Page,
): Promise<void> {
  const { id, login } = await getAccount(deps, proverOf(interaction));
  const frame = await personsFrameOf(deps, ctx, interaction);
  const language = languageOf(ctx);
  render(ctx, 'interaction/change-password', {
    ...frame,
    action: urlOf(interaction, 'change-password'),
    login,
    faults: {
      ...(faults.password && { password: refusalText(language, faults.password) }),
      ...(faults.passwordAgain && { passwordAgain: refusalText(language, faults.passwordAgain) }),
    },
    minPasswordCharacters: deps.passwordChecks.minCharacters[await passwordUseOf(deps, id)],
    strength,
  });
}
