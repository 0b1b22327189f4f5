// The page of `prompt=select_account` (OpenID Connect Core §3.1.2.1): who is signed in here, who was, and anybody else.
// Choosing the person of the session hands the request back to the provider, which asks for whatever else is missing;
// everybody else signs in.
import type { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Interaction } from 'oidc-provider';
import * as z from 'zod';
import { assertNotForged, csrfToken } from '../../http/csrf.ts';
import { readForm } from '../../http/input.ts';
import { forgetAccount, type KnownAccountDeps, knownAccounts } from '../../http/known-accounts.ts';
import { render } from '../../http/render.ts';
import { languageOf } from '../../http/request-language.ts';
import type { AccountChoice } from '../../http/views.ts';
import { findProfiles, type Profile } from '../accounts/account-claims.ts';
import { toClientCard } from './client-card.ts';
import { at, goTo } from './due-step.ts';
import { clientOf, finished, type InteractionDeps, saveResult, urlOf } from './interaction.ts';

export type AccountChoiceDeps = InteractionDeps & KnownAccountDeps;
type Deps = AccountChoiceDeps;

const choiceForm = z.object({ csrf: z.string().optional(), account: z.uuid() });
const chosen = z.object({ account: z.uuid() });

export function addAccountChoiceRoutes(router: Router, deps: Deps): void {
  router.get('/select-account', (ctx) => showChoice(deps, ctx));
  router.post('/select-account', (ctx) => takeChoice(deps, ctx));
  router.post('/select-account/removal', (ctx) => takeRemoval(deps, ctx));
}

/** The login of the account that was chosen on that page, for the form that asks for its password. */
export async function chosenLogin(deps: Deps, ctx: Context): Promise<string | undefined> {
  const { account } = chosen.safeParse(ctx.query).data ?? {};
  if (!account || !knownAccounts(deps, ctx).includes(account)) return undefined;
  const [profile] = await findProfiles(deps.db, [account]);
  return profile?.login;
}

async function showChoice(deps: Deps, ctx: Context): Promise<void> {
  const interaction = await at(deps, ctx, 'select-account');
  if (!interaction) return;
  const accounts = await choicesOf(deps, ctx, interaction);
  // There is nobody to choose.
  if (accounts.length === 0) return goTo(ctx, urlOf(interaction, 'login'));

  const client = await clientOf(deps, interaction);
  const { redirect_uri: uri } = interaction.params;
  render(ctx, 'interaction/select-account', {
    action: urlOf(interaction, 'select-account'),
    removeAction: `${urlOf(interaction, 'select-account')}/removal`,
    cancelAction: urlOf(interaction, 'cancellation'),
    other: urlOf(interaction, 'login'),
    csrf: csrfToken(ctx),
    client: toClientCard(client, languageOf(ctx), typeof uri === 'string' ? uri : undefined),
    accounts,
  });
}

async function takeChoice(deps: Deps, ctx: Context): Promise<void> {
  const { csrf, account } = await readForm(ctx, choiceForm);
  assertNotForged(ctx, csrf);
  const interaction = await at(deps, ctx, 'select-account');
  if (!interaction) return;

  // Only the person of the session is signed in; whoever was chosen besides is asked to.
  if (account !== interaction.session?.accountId)
    return goTo(ctx, `${urlOf(interaction, 'login')}?account=${account}`);
  await saveResult(deps, interaction, finished(interaction, {}));
  goTo(ctx, interaction.returnTo);
}

async function takeRemoval(deps: Deps, ctx: Context): Promise<void> {
  const { csrf, account } = await readForm(ctx, choiceForm);
  assertNotForged(ctx, csrf);
  const interaction = await at(deps, ctx, 'select-account');
  if (!interaction) return;

  forgetAccount(deps, ctx, account);
  goTo(ctx, urlOf(interaction, 'select-account'));
}

/** Who is meant by the hint comes first, then who is signed in, then the others, the last one first. */
async function choicesOf(deps: Deps, ctx: Context, interaction: Interaction) {
  const signedIn = interaction.session?.accountId;
  const ids = new Set([...(signedIn ? [signedIn] : []), ...knownAccounts(deps, ctx)]);
  const profiles = await findProfiles(deps.db, [...ids]);
  const hint = interaction.params['login_hint'];
  const isMeant = ({ login, email }: Profile) => hint === login || hint === email;
  return [...ids]
    .flatMap((id) => profiles.find((one) => one.id === id) ?? [])
    .toSorted((a, b) => Number(isMeant(b)) - Number(isMeant(a)))
    .map((profile) => toChoice(profile, profile.id === signedIn));
}

function toChoice({ id, name, login }: Profile, signedIn: boolean): AccountChoice {
  return { id, name: name ?? login, login, signedIn };
}
