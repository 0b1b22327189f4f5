import type { JSONWebKeySet } from 'jose';
import { DomainError } from '../../foundation/errors.ts';
import {
  AUTH_METHODS,
  type AuthMethod,
  CLIENT_PRESETS,
  type ClientType,
  IDENTITY_SCOPES,
  SIGNING_ALGS,
} from './client-presets.ts';
import { faultOfAccents } from './client-accent.ts';
import type { Json, NewClientRow } from './client-store.ts';
import {
  faultOfHttpsUri,
  faultOfLogoUri,
  faultOfRedirectUri,
  faultOfWebUri,
} from './client-uris.ts';
import { ACR_VALUES } from '../interactions/assurance.ts';

/** What one may say of a new client; all but type and name has a default from the type's preset. */
export interface NewClient {
  type: ClientType;
  name: string;
  ownerId?: string | undefined;
  redirectUris?: string[] | undefined;
  postLogoutRedirectUris?: string[] | undefined;
  /** APIs by identifier, with the permissions of each that it may ask for. */
  allow?: { api: string; permissions: string[] }[] | undefined;
  firstParty?: boolean | undefined;
  tokenEndpointAuthMethod?: AuthMethod | undefined;
  jwks?: JSONWebKeySet | undefined;
  jwksUri?: string | undefined;
  requirePkce?: boolean | undefined;
  scope?: string | undefined;
  defaultScope?: string | undefined;
  /** The identifier of the API that this client is, for introspecting its tokens. */
  actsAsApi?: string | undefined;
  rotateRefreshTokens?: boolean | undefined;
  idTokenSignedResponseAlg?: string | undefined;
  clientUri?: string | undefined;
  logoUri?: string | undefined;
  policyUri?: string | undefined;
  tosUri?: string | undefined;
  /** On light pages, and on dark ones: see client-accent.ts. */
  accentColor?: string | undefined;
  accentColorDark?: string | undefined;
  backchannelLogoutUri?: string | undefined;
  requirePushedAuthorizationRequests?: boolean | undefined;
  dpopBoundAccessTokens?: boolean | undefined;
  /** Classes of acr (OpenID Connect Registration §2), as discovery names them. */
  defaultAcrValues?: string[] | undefined;
  /** Where a sign-in can be begun anew (OpenID Connect Core §4); https. */
  initiateLoginUri?: string | undefined;
}

/** @throws DomainError naming the field that is wrong */
export function checkNewClient(request: NewClient): void {
  const fault = CHECKS.map((check) => check(request)).find(Boolean);
  if (fault) throw new DomainError('invalid', 'invalid_client_metadata', fault);
}

interface Links {
  ownerId: string | null;
  actsAsApiId: string | null;
}

/** The row of a new client, the preset's values where the request is silent. */
export function toClientRow(id: string, request: NewClient, links: Links): NewClientRow {
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
    ...(jwks && { jwks: jwks as unknown as Json }),
    ...otherMetadata(request),
    ...present(request),
  };
}

/** What has no column of its own, by its names in the standards. */
function otherMetadata({ defaultAcrValues, initiateLoginUri }: NewClient) {
  if (defaultAcrValues === undefined && initiateLoginUri === undefined) return {};
  return {
    otherMetadata: {
      ...(defaultAcrValues && { default_acr_values: defaultAcrValues }),
      ...(initiateLoginUri && { initiate_login_uri: initiateLoginUri }),
    },
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
  'accentColor',
  'accentColorDark',
  'backchannelLogoutUri',
  'requirePushedAuthorizationRequests',
  'dpopBoundAccessTokens',
] as const;

function present(request: NewClient): Partial<NewClientRow> {
  const entries = OPTIONAL.filter((name) => request[name] !== undefined);
  return Object.fromEntries(entries.map((name) => [name, request[name]]));
}

/**
 * What a client gets without asking: all it is allowed. Where people are asked, of several APIs nothing, since a token is
 * for one of them and nobody should be asked for more than is meant.
 */
function defaultScopeOf({ type, allow = [] }: NewClient): string {
  const permissions = [...new Set(allow.flatMap((api) => api.permissions))];
  if (type === 'service') return permissions.join(' ');

  const usual = CLIENT_PRESETS[type].defaultScope;
  return allow.length === 1 ? [usual, ...permissions].join(' ') : usual;
}

const FAULTS_OF_PAGES = [
  ['clientUri', faultOfWebUri],
  ['logoUri', faultOfLogoUri],
  ['policyUri', faultOfWebUri],
  ['tosUri', faultOfWebUri],
  ['jwksUri', faultOfWebUri],
  ['backchannelLogoutUri', faultOfWebUri],
  ['initiateLoginUri', faultOfHttpsUri],
] as const;

const CHECKS: ((request: NewClient) => string | undefined)[] = [
  faultOfName,
  checkRedirects,
  faultOfPages,
  faultOfAccents,
  checkAuthentication,
  ({ idTokenSignedResponseAlg: alg }) => oneOf('idTokenSignedResponseAlg', alg, SIGNING_ALGS),
  ({ tokenEndpointAuthMethod: method }) => oneOf('tokenEndpointAuthMethod', method, AUTH_METHODS),
  checkScopes,
  ({ defaultAcrValues = [] }) =>
    defaultAcrValues.map((acr) => oneOf('defaultAcrValues', acr, ACR_VALUES)).find(Boolean),
];

function checkRedirects({ type, redirectUris = [], postLogoutRedirectUris = [] }: NewClient) {
  const isRequired = CLIENT_PRESETS[type].redirects === 'required';
  if (isRequired !== redirectUris.length > 0) {
    return `redirectUris: a ${type} client ${isRequired ? 'needs at least one' : 'has none'}`;
  }
  const faults = [...redirectUris, ...postLogoutRedirectUris].map((uri) => {
    const fault = faultOfRedirectUri(uri, type);
    return fault && `redirectUris: ${uri} ${fault}`;
  });
  return faults.find(Boolean);
}

export function faultOfName({ name }: Pick<NewClient, 'name'>): string | undefined {
  const isName = /^[^\p{Cc}]{1,100}$/u.test(name.trim());
  return isName ? undefined : 'name: must have 1 to 100 characters';
}

export function faultOfPages(request: Partial<NewClient>): string | undefined {
  for (const [name, faultOf] of FAULTS_OF_PAGES) {
    const uri = request[name];
    const fault = uri === undefined ? undefined : faultOf(uri);
    if (fault) return `${name}: ${uri} ${fault}`;
  }
  return undefined;
}

function checkAuthentication({ type, tokenEndpointAuthMethod: method, jwks, jwksUri }: NewClient) {
  if (method === 'none' && type === 'service') {
    return 'tokenEndpointAuthMethod: a service must authenticate';
  }
  if (jwks && jwksUri) return 'jwks: give it or jwksUri, not both';
  if (method === 'private_key_jwt' && !jwks && !jwksUri) {
    return 'jwks: private_key_jwt needs jwks or jwksUri';
  }
  return undefined;
}

function checkScopes({ scope, defaultScope, allow = [] }: NewClient) {
  const identity = new Set<string>(IDENTITY_SCOPES);
  const unknown = (scope ?? '').split(' ').filter((one) => one && !identity.has(one));
  if (unknown.length > 0) return `scope: ${unknown.join(' ')} is no identity scope`;

  const known = new Set([...identity, ...allow.flatMap(({ permissions }) => permissions)]);
  const excess = (defaultScope ?? '').split(' ').filter((one) => one && !known.has(one));
  return excess.length > 0
    ? `defaultScope: ${excess.join(' ')} is not among what it is allowed`
    : undefined;
}

function oneOf(name: string, value: string | undefined, allowed: readonly string[]) {
  return value === undefined || allowed.includes(value)
    ? undefined
    : `${name}: must be one of ${allowed.join(', ')}`;
}
