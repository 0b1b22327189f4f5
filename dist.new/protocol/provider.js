// The protocol itself: oidc-provider, configured by one factory to RFC 9700 and OAuth 2.1. It is built
// anew whenever the keys change, so nothing may be set on an instance anywhere but here.
import { Provider } from 'oidc-provider';
import { CLAIMS_OF_SCOPE, findAccount } from './account-claims.js';
import { overrideClients, registrationOf } from './clients/client-model.js';
import { AUTH_METHODS, IDENTITY_SCOPES, SIGNING_ALGS } from './clients/client-presets.js';
import { safeFetch } from './safe-fetch.js';
import { loadExistingGrant } from './grants/existing-grant.js';
import { providerFeatures } from './provider-features.js';
import { renderError } from './provider-pages.js';
import { overrideReplayDetection } from './replay-detection.js';
import { overrideSessions } from './sessions/session-model.js';
import { createStorageAdapter } from './storage-adapter.js';
import { authenticationClaims, PASSWORD_ACR } from './token-claims.js';
import { tokenLifetimes } from './token-lifetimes.js';
import { refreshPolicy } from './refresh-policy.js';
import { assertClientAssertion } from './client-assertion.js';
export const ROUTES = {
    authorization: '/auth',
    token: '/token',
    userinfo: '/userinfo',
    jwks: '/jwks',
    introspection: '/introspect',
    revocation: '/revoke',
    pushed_authorization_request: '/par',
    device_authorization: '/device_authorization',
    code_verification: '/device',
    registration: '/register',
    end_session: '/logout',
};
/** @param keys the private key set, per algorithm the signing key first */
export function createProvider(deps, keys) {
    const provider = new Provider(deps.config.issuer, configuration(deps, keys));
    provider.proxy = true; // forwarded headers are ours alone by now: see http/forwarded.ts
    overrideClients(provider, deps);
    overrideSessions(provider, deps);
    overrideReplayDetection(provider, deps);
    deriveSuccessors(provider, deps.succession);
    return provider;
}
function configuration(deps, keys) {
    const { config, db } = deps;
    return {
        adapter: createStorageAdapter(deps),
        jwks: { keys },
        routes: ROUTES,
        cookies: cookies(deps),
        scopes: [...IDENTITY_SCOPES],
        claims: CLAIMS_OF_SCOPE,
        acrValues: [PASSWORD_ACR],
        responseTypes: ['code'],
        clientAuthMethods: [...AUTH_METHODS],
        clientDefaults: { id_token_signed_response_alg: 'ES256' },
        enabledJWA: asymmetricOnly(),
        allowOmittingSingleRegisteredRedirectUri: false,
        enableHttpPostMethods: config.insecurePostAuthorization,
        pkce: { required: (_, client) => needsPkce(config, client) },
        assertJwtClientAuthClaimsAndHeader: assertClientAssertion,
        features: providerFeatures(deps),
        ttl: tokenLifetimes(config),
        findAccount: (_, id) => findAccount(db, id),
        loadExistingGrant: (ctx) => loadExistingGrant(deps, ctx),
        extraTokenClaims: authenticationClaims,
        ...refreshPolicy,
        clientBasedCORS: (_, origin, client) => isOwnOrigin(origin, client),
        interactions: { url: (_, { uid }) => `/interaction/${uid}` },
        renderError,
        fetch: safeFetch(config),
        fetchResponseBodyLimits: { jwks_uri: 64 * 1024, sector_identifier_uri: 64 * 1024 },
        extraParams: [],
    };
}
function cookies({ config, cookieKeys }) {
    const secure = config.issuer.startsWith('https:');
    const prefix = secure ? '__Host-' : '';
    const sameSite = config.insecurePostAuthorization ? 'none' : 'lax';
    const common = { httpOnly: true, secure, sameSite, signed: true };
    return {
        keys: cookieKeys,
        names: {
            session: `${prefix}latchkey_session`,
            interaction: `${secure ? '__Secure-' : ''}latchkey_interaction`,
            resume: `${secure ? '__Secure-' : ''}latchkey_resume`,
        },
        long: { ...common, path: '/' },
        short: common,
    };
}
/** No HS* anywhere: client secrets are kept as hashes, and a shared key proves nothing to a third party. */
function asymmetricOnly() {
    const accepted = ['RS256', 'PS256', 'ES256', 'Ed25519', 'EdDSA'];
    return {
        clientAuthSigningAlgValues: [...accepted],
        idTokenSigningAlgValues: [...SIGNING_ALGS],
        userinfoSigningAlgValues: [...SIGNING_ALGS],
        dPoPSigningAlgValues: ['ES256', 'Ed25519', 'EdDSA'],
    };
}
function needsPkce(config, client) {
    if (client.clientAuthMethod === 'none')
        return true;
    return registrationOf(client).requirePkce && !config.insecurePkceOptional;
}
/** CORS for public clients from the origins of their own redirect URIs, never from `null`. */
function isOwnOrigin(origin, client) {
    if (origin === 'null' || client.clientAuthMethod !== 'none')
        return false;
    return client.redirectUris?.some((uri) => URL.parse(uri)?.origin === origin) ?? false;
}
function deriveSuccessors(provider, succession) {
    const { prototype } = provider.RefreshToken;
    const { generateTokenId } = prototype;
    Object.assign(prototype, {
        generateTokenId() {
            const rotated = Provider.ctx?.oidc.entities.RotatedRefreshToken;
            return rotated ? succession.successorOf(rotated.jti) : generateTokenId.call(this);
        },
    });
}
//# sourceMappingURL=provider.js.map