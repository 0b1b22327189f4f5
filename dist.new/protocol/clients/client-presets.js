// What each type of client starts from. RFC 8252 (native), RFC 8628 (device), OAuth 2.1 (the rest).
export const CLIENT_TYPES = ['web', 'spa', 'native', 'service', 'device'];
export const AUTH_METHODS = [
    'none',
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
];
export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
export const IDENTITY_SCOPES = ['openid', 'profile', 'email', 'offline_access'];
export const SIGNING_ALGS = ['ES256', 'RS256', 'EdDSA'];
const ALL_IDENTITY = IDENTITY_SCOPES.join(' ');
export const CLIENT_PRESETS = {
    web: {
        grantTypes: ['authorization_code', 'refresh_token'],
        tokenEndpointAuthMethod: 'client_secret_basic',
        scope: ALL_IDENTITY,
        defaultScope: 'openid',
        applicationType: 'web',
        redirects: 'required',
    },
    spa: {
        grantTypes: ['authorization_code', 'refresh_token'],
        tokenEndpointAuthMethod: 'none',
        scope: ALL_IDENTITY,
        defaultScope: 'openid',
        applicationType: 'web',
        redirects: 'required',
    },
    native: {
        grantTypes: ['authorization_code', 'refresh_token'],
        tokenEndpointAuthMethod: 'none',
        scope: ALL_IDENTITY,
        defaultScope: 'openid',
        applicationType: 'native',
        redirects: 'required',
    },
    service: {
        grantTypes: ['client_credentials'],
        tokenEndpointAuthMethod: 'client_secret_basic',
        scope: '',
        defaultScope: '',
        applicationType: 'web',
        redirects: 'none',
    },
    device: {
        grantTypes: [DEVICE_GRANT, 'refresh_token'],
        tokenEndpointAuthMethod: 'none',
        scope: ALL_IDENTITY,
        defaultScope: 'openid',
        applicationType: 'native',
        redirects: 'none',
    },
};
//# sourceMappingURL=client-presets.js.map