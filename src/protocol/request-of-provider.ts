import { Provider } from 'oidc-provider';
import type { RequestFacts } from '../foundation/request-facts.ts';

interface ProviderFacts {
  request: RequestFacts | undefined;
  clientId: string | undefined;
  accountId: string | undefined;
  grantType: string | undefined;
}

/** What is known of the request that the provider is answering, for audit events written below it. */
export function currentFacts(): ProviderFacts {
  const ctx = Provider.ctx;
  const grantType = ctx?.oidc?.params?.['grant_type'];
  return {
    request: ctx?.state?.['facts'] as RequestFacts | undefined,
    clientId: ctx?.oidc?.client?.clientId,
    accountId: ctx?.oidc?.entities?.Grant?.accountId ?? ctx?.oidc?.session?.accountId,
    grantType: typeof grantType === 'string' ? grantType : undefined,
  };
}
