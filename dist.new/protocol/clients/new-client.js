import { DomainError } from '../../foundation/errors.js';
import { AUTH_METHODS, CLIENT_PRESETS, IDENTITY_SCOPES, SIGNING_ALGS, } from './client-presets.js';
import { faultOfRedirectUri, faultOfWebUri } from './client-uris.js';
/** @throws DomainError naming the field that is wrong */
export function checkNewClient(request) {
    const fault = CHECKS.map((check) => check(request)).find(Boolean);
    if (fault)
        throw new DomainError('invalid', 'invalid_client_metadata', fault);
}
/** The row of a new client, the preset's values where the request is silent. */
export function toClientRow(id, request, links) {
    const preset = CLIENT_PRESETS[request.type];
    const { type, name, redirectUris = [], postLogoutRedirectUris = [], jwks } = request;
    return {
        id,
        type,
        name: name.trim(),
        ...links,
        redirectUris,
        postLogoutRedirectUris,
        grantTypes: preset.grantTypes,
        tokenEndpointAuthMethod: request.tokenEndpointAuthMethod ?? preset.tokenEndpointAuthMethod,
        scope: request.scope ?? preset.scope,
        defaultScope: request.defaultScope ?? defaultScopeOf(request),
        ...(jwks && { jwks: jwks }),
        ...present(request),
    };
}
const OPTIONAL = [
    'firstParty',
    'jwksUri',
    'requirePkce',
    'rotateRefreshTokens',
    'idTokenSignedResponseAlg',
    'clientUri',
    'logoUri',
    'policyUri',
    'tosUri',
    'backchannelLogoutUri',
    'requirePushedAuthorizationRequests',
    'dpopBoundAccessTokens',
];
function present(request) {
    const entries = OPTIONAL.filter((name) => request[name] !== undefined);
    return Object.fromEntries(entries.map((name) => [name, request[name]]));
}
/** A service has no identity scopes: what it gets without asking is all it is allowed. */
function defaultScopeOf({ type, allow = [] }) {
    if (type !== 'service')
        return CLIENT_PRESETS[type].defaultScope;
    return [...new Set(allow.flatMap(({ permissions }) => permissions))].join(' ');
}
const PAGES = ['clientUri', 'logoUri', 'policyUri', 'tosUri', 'jwksUri', 'backchannelLogoutUri'];
const CHECKS = [
    ({ name }) => (/^[^\p{Cc}]{1,100}$/u.test(name.trim()) ? undefined : 'name: must have 1 to 100 characters'),
    checkRedirects,
    checkPages,
    checkAuthentication,
    ({ idTokenSignedResponseAlg: alg }) => oneOf('idTokenSignedResponseAlg', alg, SIGNING_ALGS),
    ({ tokenEndpointAuthMethod: method }) => oneOf('tokenEndpointAuthMethod', method, AUTH_METHODS),
    checkScopes,
];
function checkRedirects({ type, redirectUris = [], postLogoutRedirectUris = [] }) {
    const { redirects } = CLIENT_PRESETS[type];
    if (redirects === 'required' && redirectUris.length === 0) {
        return `redirectUris: a ${type} client needs at least one`;
    }
    if (redirects === 'none' && redirectUris.length > 0)
        return `redirectUris: a ${type} client has none`;
    for (const uri of [...redirectUris, ...postLogoutRedirectUris]) {
        const fault = faultOfRedirectUri(uri, type);
        if (fault)
            return `redirectUris: ${uri} ${fault}`;
    }
    return undefined;
}
function checkPages(request) {
    for (const name of PAGES) {
        const uri = request[name];
        const fault = uri === undefined ? undefined : faultOfWebUri(uri);
        if (fault)
            return `${name}: ${uri} ${fault}`;
    }
    return undefined;
}
function checkAuthentication({ type, tokenEndpointAuthMethod: method, jwks, jwksUri }) {
    if (method === 'none' && type === 'service') {
        return 'tokenEndpointAuthMethod: a service must authenticate';
    }
    if (jwks && jwksUri)
        return 'jwks: give it or jwksUri, not both';
    if (method === 'private_key_jwt' && !jwks && !jwksUri) {
        return 'jwks: private_key_jwt needs jwks or jwksUri';
    }
    return undefined;
}
function checkScopes({ scope, defaultScope, allow = [] }) {
    const identity = new Set(IDENTITY_SCOPES);
    const unknown = (scope ?? '').split(' ').filter((one) => one && !identity.has(one));
    if (unknown.length > 0)
        return `scope: ${unknown.join(' ')} is no identity scope`;
    const known = new Set([...identity, ...allow.flatMap(({ permissions }) => permissions)]);
    const excess = (defaultScope ?? '').split(' ').filter((one) => one && !known.has(one));
    return excess.length > 0 ? `defaultScope: ${excess.join(' ')} is not among what it is allowed` : undefined;
}
function oneOf(name, value, allowed) {
    return value === undefined || allowed.includes(value)
        ? undefined
        : `${name}: must be one of ${allowed.join(', ')}`;
}
//# sourceMappingURL=new-client.js.map