/** A client under the names of RFC 7591, and what is ours besides. Never its secrets, nor their hashes. */
export function clientFields(client) {
    return { ...identityOf(client), ...protocolOf(client), ...pagesOf(client), ...datesOf(client) };
}
function identityOf({ id, name, type, owner, firstParty, apis, actsAsApi }) {
    const allow = apis.map(({ identifier, permissions }) => ({
        api: identifier,
        permissions: permissions.map((permission) => permission.name),
    }));
    return {
        client_id: id,
        client_name: name,
        type,
        owner,
        first_party: firstParty,
        allow,
        acts_as: actsAsApi,
    };
}
function protocolOf(client) {
    return {
        grant_types: client.grantTypes,
        token_endpoint_auth_method: client.tokenEndpointAuthMethod,
        redirect_uris: client.redirectUris,
        post_logout_redirect_uris: client.postLogoutRedirectUris,
        scope: client.scope,
        default_scope: client.defaultScope,
        require_pkce: client.requirePkce,
        require_pushed_authorization_requests: client.requirePushedAuthorizationRequests,
        dpop_bound_access_tokens: client.dpopBoundAccessTokens,
        rotate_refresh_tokens: client.rotateRefreshTokens,
        id_token_signed_response_alg: client.idTokenSignedResponseAlg,
        jwks: client.jwks,
        jwks_uri: client.jwksUri,
        backchannel_logout_uri: client.backchannelLogoutUri,
    };
}
function pagesOf(client) {
    return {
        client_uri: client.clientUri,
        logo_uri: client.logoUri,
        policy_uri: client.policyUri,
        tos_uri: client.tosUri,
    };
}
function datesOf(client) {
    const secrets = client.secrets.map(({ id, createdAt, expiresAt }) => ({
        id,
        created_at: createdAt,
        expires_at: expiresAt,
    }));
    return { secrets, disabled_at: client.disabledAt, created_at: client.createdAt };
}
//# sourceMappingURL=client-fields.js.map