import type { Context } from 'koa';
import { Provider } from 'oidc-provider';
import type { RequestFacts } from '../foundation/request-facts.ts';
import { oidcOf } from './oidc-context.ts';

interface ProviderFacts {
  request: RequestFacts | undefined;
  clientId: string | undefined;
  accountId: string | undefined;
  grantType: string | undefined;
}

/** What is known of the request that the provider is answering, for audit events written below it. */
export function currentFacts(): ProviderFacts {
  return Provider.ctx ? factsOf(Provider.ctx) : NOBODY;
}

/** What is known of a request that the provider has answered. */
export function factsOf(ctx: Context): ProviderFacts {
  const oidc = oidcOf(ctx);
  if (!oidc) return NOBODY;

  const { client, params, entities, session } = oidc;
  const grantType = params?.['grant_type'];
  return {
    request: ctx.state['facts'] as RequestFacts | undefined,
    clientId: client?.clientId,
    accountId: entities.Grant?.accountId ?? session?.accountId,
    grantType: typeof grantType === 'string' ? grantType : undefined,
  };
}

/** In jobs and on the command line. */
const NOBODY = {
  request: undefined,
  clientId: undefined,
  accountId: undefined,
  grantType: undefined,
};
