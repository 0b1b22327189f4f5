// What a dynamic registration may become, whatever it asks for: a client that signs people in, with
// identity scopes and no permission of any API, never first-party, PKCE on unless a setting weakens it.
import { errors } from 'oidc-provider';
import { DEVICE_GRANT, IDENTITY_SCOPES } from './client-presets.js';
import { faultOfRedirectUri, faultOfWebUri } from './client-uris.js';
const GRANTS = new Set(['authorization_code', 'refresh_token', DEVICE_GRANT]);
const MOST_URIS = 20;
const LONGEST_TEXT = 2000;
/** Members that have a column, or that this server decides. Whatever else is known is kept beside them. */
const PLACED = new Set([
    'client_id',
    'client_name',
    'client_secret',
    'client_secret_expires_at',
    'client_id_issued_at',
    'application_type',
    'grant_types',
    'response_types',
    'redirect_uris',
    'post_logout_redirect_uris',
    'token_endpoint_auth_method',
    'scope',
    'id_token_signed_response_alg',
    'require_pushed_authorization_requests',
    'dpop_bound_access_tokens',
    'client_uri',
    'logo_uri',
    'policy_uri',
    'tos_uri',
    'jwks_uri',
    'jwks',
    'contacts',
    'backchannel_logout_uri',
    'backchannel_logout_session_required',
]);
/**
 * The registration as a row.
 * @param metadata as the provider has validated it
 * @throws InvalidClientMetadata, InvalidRedirectUri (RFC 7591 §3.2.2)
 */
export function applyRegistrationPolicy(metadata) {
    const type = typeOf(metadata);
    refuseExcess(metadata);
    refuseUris(metadata, type);
    refuseScopes(metadata);
    return {
        type,
        name: nameOf(metadata),
        grantTypes: metadata.grant_types ?? ['authorization_code'],
        redirectUris: metadata.redirect_uris ?? [],
        postLogoutRedirectUris: metadata.post_logout_redirect_uris ?? [],
        tokenEndpointAuthMethod: metadata.token_endpoint_auth_method ?? 'client_secret_basic',
        scope: metadata.scope ?? IDENTITY_SCOPES.join(' '),
        defaultScope: 'openid',
        idTokenSignedResponseAlg: metadata.id_token_signed_response_alg ?? 'ES256',
        requirePushedAuthorizationRequests: metadata.require_pushed_authorization_requests ?? false,
        dpopBoundAccessTokens: metadata.dpop_bound_access_tokens ?? false,
        clientUri: metadata.client_uri ?? null,
        logoUri: metadata.logo_uri ?? null,
        policyUri: metadata.policy_uri ?? null,
        tosUri: metadata.tos_uri ?? null,
        jwksUri: metadata.jwks_uri ?? null,
        backchannelLogoutUri: metadata.backchannel_logout_uri ?? null,
        backchannelLogoutSessionRequired: metadata.backchannel_logout_session_required ?? false,
        ...json({ jwks: metadata.jwks, contacts: metadata.contacts, otherMetadata: otherOf(metadata) }),
    };
}
function typeOf({ application_type, token_endpoint_auth_method, grant_types }) {
    if (grant_types?.includes(DEVICE_GRANT))
        return 'device';
    if (application_type === 'native')
        return 'native';
    return token_endpoint_auth_method === 'none' ? 'spa' : 'web';
}
function nameOf({ client_name, client_id }) {
    const name = client_name?.trim() || client_id || '';
    if (!/^[^\p{Cc}]{1,100}$/u.test(name)) {
        throw new errors.InvalidClientMetadata('client_name must have 1 to 100 characters');
    }
    return name;
}
function refuseExcess(metadata) {
    const excess = metadata.grant_types?.find((grant) => !GRANTS.has(grant));
    if (excess)
        throw new errors.InvalidClientMetadata(`grant_types: ${excess} is not open to registration`);
    for (const [name, value] of Object.entries(metadata)) {
        if (JSON.stringify(value ?? null).length > LONGEST_TEXT * MOST_URIS) {
            throw new errors.InvalidClientMetadata(`${name} is too long`);
        }
    }
}
function refuseUris(metadata, type) {
    const redirects = [...(metadata.redirect_uris ?? []), ...(metadata.post_logout_redirect_uris ?? [])];
    if (redirects.length > MOST_URIS)
        throw new errors.InvalidRedirectUri();
    for (const uri of redirects) {
        const fault = uri.length > LONGEST_TEXT ? 'is too long' : faultOfRedirectUri(uri, type);
        if (fault)
            throw new errors.InvalidClientMetadata(`redirect_uris: ${uri.slice(0, 200)} ${fault}`);
    }
    const { client_uri, logo_uri, policy_uri, tos_uri, jwks_uri, backchannel_logout_uri } = metadata;
    for (const uri of [client_uri, logo_uri, policy_uri, tos_uri, jwks_uri, backchannel_logout_uri]) {
        const fault = uri === undefined ? undefined : faultOfWebUri(uri);
        if (fault)
            throw new errors.InvalidClientMetadata(`${uri?.slice(0, 200)} ${fault}`);
    }
}
function refuseScopes({ scope }) {
    const known = new Set(IDENTITY_SCOPES);
    const unknown = scope?.split(' ').filter((one) => !known.has(one)) ?? [];
    if (unknown.length > 0)
        throw new errors.InvalidClientMetadata(`scope: ${unknown.join(' ')} is not open to registration`);
}
function otherOf(metadata) {
    return Object.fromEntries(Object.entries(metadata).filter(([name, value]) => !PLACED.has(name) && value !== undefined));
}
function json(members) {
    const given = Object.entries(members).filter(([, value]) => value !== undefined);
    return Object.fromEntries(given);
}
//# sourceMappingURL=registration-policy.js.map