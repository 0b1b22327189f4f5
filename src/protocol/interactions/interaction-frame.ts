// What the pages of a sign-in have in common: before it is known whose it is, and after.
import type { Context } from 'koa';
import type { Interaction } from 'oidc-provider';
import { csrfToken } from '../../http/csrf.ts';
import { languageOf, usePersonsLocale } from '../../http/request-language.ts';
import { findProfile } from '../accounts/account-claims.ts';
import { toClientCard } from './client-card.ts';
import { levelOfPolicy } from './demand.ts';
import { accountOf, clientOf, type InteractionDeps, urlOf } from './interaction.ts';

export async function frameOf(deps: InteractionDeps, ctx: Context, interaction: Interaction) {
  const { redirect_uri: redirectUri } = interaction.params;
  const client = await clientOf(deps, interaction);
  return {
    cancelAction: urlOf(interaction, 'cancellation'),
    csrf: csrfToken(ctx),
    client: toClientCard(
      client,
      languageOf(ctx),
      typeof redirectUri === 'string' ? redirectUri : undefined,
    ),
  };
}

/** In the person's language, with their name, and the way out for whoever is somebody else. */
export async function personsFrameOf(
  deps: InteractionDeps,
  ctx: Context,
  interaction: Interaction,
) {
  const account = await findProfile(deps.db, accountOf(interaction) ?? '');
  usePersonsLocale(ctx, account?.locale);
  return {
    ...(await frameOf(deps, ctx, interaction)),
    switchAction: urlOf(interaction, 'switch'),
    account: account && { name: account.name ?? account.login, login: account.login },
    rememberDays: rememberDays(deps, account),
  };
}

/** Not where every sign-in of the person has to prove both factors. */
function rememberDays(
  { config }: Pick<InteractionDeps, 'config'>,
  account: { administrator: boolean } | undefined,
) {
  const isAlwaysAsked = levelOfPolicy(config, account?.administrator ?? false) === 2;
  return isAlwaysAsked ? undefined : config.rememberBrowserDays || undefined;
}
