import { registrationOf } from './clients/client-model.js';
export const refreshPolicy = {
    // Every client registered for the grant gets one; without offline_access it ends with the session.
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: ({ oidc }) => {
        const { RefreshToken: token, Client: client } = oidc.entities;
        if (!token || !client)
            return true;
        if (client.clientAuthMethod === 'none')
            return true;
        return registrationOf(client).rotateRefreshTokens;
    },
    // What a television was given does not end with the session of the browser that approved it.
    expiresWithSession: async ({ oidc }, source) => !source.scopes.has('offline_access') &&
        (!oidc.client || registrationOf(oidc.client).type !== 'device'),
    revokeGrantPolicy: ({ oidc }) => !(oidc.route === 'revocation' && oidc.entities.AccessToken !== undefined),
};
//# sourceMappingURL=refresh-policy.js.map