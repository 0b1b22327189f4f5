import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { type KnownAccountDeps, rememberAccount } from '../../http/known-accounts.ts';

/** Whoever signs in, by whichever pages, is among those that can be chosen in this browser afterwards. */
export function rememberAccounts(provider: Provider, deps: KnownAccountDeps): void {
  provider.on('interaction.ended', (ctx: KoaContextWithOIDC) => {
    const { result, session } = ctx.oidc;
    if (result?.login && session?.accountId) rememberAccount(deps, ctx, session.accountId);
  });
}
