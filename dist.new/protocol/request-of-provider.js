import { Provider } from 'oidc-provider';
/** What is known of the request that the provider is answering, for audit events written below it. */
export function currentFacts() {
    const ctx = Provider.ctx;
    const grantType = ctx?.oidc?.params?.['grant_type'];
    return {
        request: ctx?.state?.['facts'],
        clientId: ctx?.oidc?.client?.clientId,
        accountId: ctx?.oidc?.entities?.Grant?.accountId ?? ctx?.oidc?.session?.accountId,
        grantType: typeof grantType === 'string' ? grantType : undefined,
    };
}
//# sourceMappingURL=request-of-provider.js.map