// What each type of client starts from. RFC 8252 (native), RFC 8628 (device), OAuth 2.1 (the rest).

export const CLIENT_TYPES = ['web', 'spa', 'native', 'service', 'device'] as const;
export type ClientType = (typeof CLIENT_TYPES)[number];

export const AUTH_METHODS = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const;
export type AuthMethod = (typeof AUTH_METHODS)[number];

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
export const IDENTITY_SCOPES = [
  'openid',
  'profile',
  'email',
  'address',
  'phone',
  'offline_access',
] as const;
export const SIGNING_ALGS = ['ES256', 'RS256', 'EdDSA'] as const;

export interface ClientPreset {
  grantTypes: string[];
  tokenEndpointAuthMethod: AuthMethod;
  /** The identity scopes it may ask for. */
  scope: string;
  /** What a request without scope gets; a service gets all it is allowed instead. */
  defaultScope: string;
  applicationType: 'web' | 'native';
  redirects: 'required' | 'none';
}

/** What a client may ask for that does not say: where somebody lives, and their telephone, are asked for by name. */
export const USUAL_SCOPE = 'openid profile email offline_access';

export const CLIENT_PRESETS: Record<ClientType, ClientPreset> = {
  web: {
    grantTypes: ['authorization_code', 'refresh_token'],
    tokenEndpointAuthMethod: 'client_secret_basic',
    scope: USUAL_SCOPE,
    defaultScope: 'openid',
    applicationType: 'web',
    redirects: 'required',
  },
  spa: {
    grantTypes: ['authorization_code', 'refresh_token'],
    tokenEndpointAuthMethod: 'none',
    scope: USUAL_SCOPE,
    defaultScope: 'openid',
    applicationType: 'web',
    redirects: 'required',
  },
  native: {
    grantTypes: ['authorization_code', 'refresh_token'],
    tokenEndpointAuthMethod: 'none',
    scope: USUAL_SCOPE,
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
    scope: USUAL_SCOPE,
    defaultScope: 'openid',
    applicationType: 'native',
    redirects: 'none',
  },
};
