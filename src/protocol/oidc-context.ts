import type { Context } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';

/** What the provider left on a request of ours; nothing where none of its routes answered. */
export function oidcOf(ctx: Context): KoaContextWithOIDC['oidc'] | undefined {
  return (ctx as Partial<KoaContextWithOIDC>).oidc;
}
