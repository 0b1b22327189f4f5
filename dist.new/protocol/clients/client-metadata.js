import { CLIENT_PRESETS } from './client-presets.js';
/** Stands where the provider expects a secret; the real ones are hashes and compared by us. */
export const SECRET_PLACEHOLDER = 'kept-as-hashes';
export function toClientMetadata(client) {
    const { clientUri, logoUri, policyUri, tosUri, jwksUri, backchannelLogoutUri, jwks } = client;
    const withSecret = client.tokenEndpointAuthMethod.startsWith('client_secret');
    return JSON.parse(JSON.stringify({
        ...client.otherMetadata,
        client_id: client.id,
        client_name: client.name,
        ...(withSecret && { client_secret: SECRET_PLACEHOLDER }),
        application_type: CLIENT_PRESETS[client.type].applicationType,
        grant_types: client.grantTypes,
        response_types: client.grantTypes.includes('authorization_code') ? ['code'] : [],
        redirect_uris: client.redirectUris,
        post_logout_redirect_uris: client.postLogoutRedirectUris,
        token_endpoint_auth_method: client.tokenEndpointAuthMethod,
        id_token_signed_response_alg: client.idTokenSignedResponseAlg,
        ...(client.scope && { scope: client.scope }),
        require_pushed_authorization_requests: client.requirePushedAuthorizationRequests,
        dpop_bound_access_tokens: client.dpopBoundAccessTokens,
        ...withoutNull({
            client_uri: clientUri,
            logo_uri: logoUri,
            policy_uri: policyUri,
            tos_uri: tosUri,
            jwks_uri: jwksUri,
            jwks,
            contacts: client.contacts,
            backchannel_logout_uri: backchannelLogoutUri,
        }),
        ...(backchannelLogoutUri && {
            backchannel_logout_session_required: client.backchannelLogoutSessionRequired,
        }),
    }));
}
function withoutNull(members) {
    return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}
//# sourceMappingURL=client-metadata.js.map