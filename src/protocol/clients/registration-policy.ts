// What a dynamic registration may become, whatever it asks for: a client that signs people in, with
// identity scopes and no permission of any API, never first-party, PKCE on unless a setting weakens it.
import { type AdapterPayload, errors } from 'oidc-provider';
import { type ClientType, DEVICE_GRANT, IDENTITY_SCOPES, USUAL_SCOPE } from './client-presets.ts';
import type { Json } from './client-store.ts';
import { faultOfLogoUri, faultOfRedirectUri, faultOfWebUri } from './client-uris.ts';

const GRANTS = new Set(['authorization_code', 'refresh_token', DEVICE_GRANT]);
const MOST_URIS = 20;
const LONGEST_TEXT = 2000;

/**
 * The registration as a row.
 * @param metadata as the provider has validated it
 * @throws InvalidClientMetadata, InvalidRedirectUri (RFC 7591 §3.2.2)
 */
export function applyRegistrationPolicy(metadata: AdapterPayload) {
  const type = typeOf(metadata);
  refuseExcess(metadata);
  refuseUris(metadata, type);
  refuseScopes(metadata);

  return {
    ...DEFAULTS,
    ...placed(metadata),
    type,
    name: nameOf(metadata),
    ...json({
      jwks: metadata.jwks,
      contacts: metadata.contacts,
      otherMetadata: otherOf(metadata),
    }),
  };
}

/** What a registration that says nothing gets; a change (RFC 7592) starts from here too, as a replacement does. */
const DEFAULTS = {
  grantTypes: ['authorization_code'],
  redirectUris: [] as string[],
  postLogoutRedirectUris: [] as string[],
  tokenEndpointAuthMethod: 'client_secret_basic',
  scope: USUAL_SCOPE,
  defaultScope: 'openid',
  idTokenSignedResponseAlg: 'ES256',
  requirePushedAuthorizationRequests: false,
  dpopBoundAccessTokens: false,
  clientUri: null,
  logoUri: null,
  policyUri: null,
  tosUri: null,
  jwksUri: null,
  backchannelLogoutUri: null,
  backchannelLogoutSessionRequired: false,
};

/** Member → column, for those that are taken over as they are. */
const COLUMNS = {
  grant_types: 'grantTypes',
  redirect_uris: 'redirectUris',
  post_logout_redirect_uris: 'postLogoutRedirectUris',
  token_endpoint_auth_method: 'tokenEndpointAuthMethod',
  scope: 'scope',
  id_token_signed_response_alg: 'idTokenSignedResponseAlg',
  require_pushed_authorization_requests: 'requirePushedAuthorizationRequests',
  dpop_bound_access_tokens: 'dpopBoundAccessTokens',
  client_uri: 'clientUri',
  logo_uri: 'logoUri',
  policy_uri: 'policyUri',
  tos_uri: 'tosUri',
  jwks_uri: 'jwksUri',
  backchannel_logout_uri: 'backchannelLogoutUri',
  backchannel_logout_session_required: 'backchannelLogoutSessionRequired',
} as const;

/** Members that this server decides, or that have a place of their own; all else that is known is kept aside. */
const DECIDED = new Set([
  ...Object.keys(COLUMNS),
  'client_id',
  'client_name',
  'client_secret',
  'client_secret_expires_at',
  'client_id_issued_at',
  'application_type',
  'response_types',
  'response_modes',
  'jwks',
  'contacts',
]);

function placed(metadata: AdapterPayload): Partial<typeof DEFAULTS> {
  const members = metadata as Record<string, unknown>;
  const given = Object.entries(COLUMNS).filter(([member]) => members[member] !== undefined);
  return Object.fromEntries(given.map(([member, column]) => [column, members[member]]));
}

function typeOf({
  application_type,
  token_endpoint_auth_method,
  grant_types,
}: AdapterPayload): ClientType {
  if (grant_types?.includes(DEVICE_GRANT)) return 'device';
  if (application_type === 'native') return 'native';
  return token_endpoint_auth_method === 'none' ? 'spa' : 'web';
}

function nameOf({ client_name, client_id }: AdapterPayload): string {
  const name = client_name?.trim() || client_id || '';
  if (!/^[^\p{Cc}]{1,100}$/u.test(name)) {
    throw new errors.InvalidClientMetadata('client_name must have 1 to 100 characters');
  }
  return name;
}

function refuseExcess(metadata: AdapterPayload): void {
  const excess = metadata.grant_types?.find((grant) => !GRANTS.has(grant));
  if (excess)
    throw new errors.InvalidClientMetadata(`grant_types: ${excess} is not open to registration`);

  for (const [name, value] of Object.entries(metadata)) {
    if (JSON.stringify(value ?? null).length > LONGEST_TEXT * MOST_URIS) {
      throw new errors.InvalidClientMetadata(`${name} is too long`);
    }
  }
}

function refuseUris(metadata: AdapterPayload, type: ClientType): void {
  const redirects = [metadata.redirect_uris ?? [], metadata.post_logout_redirect_uris ?? []].flat();
  if (redirects.length > MOST_URIS)
    throw new errors.InvalidClientMetadata('redirect_uris: too many');
  for (const uri of redirects) refuseUri(uri, faultOfRedirectUri(uri, type));
  for (const [member, faultOf] of FAULTS_OF_PAGES) {
    const uri = metadata[member];
    if (uri !== undefined) refuseUri(uri, faultOf(uri));
  }
}

const FAULTS_OF_PAGES = [
  ['client_uri', faultOfWebUri],
  ['logo_uri', faultOfLogoUri],
  ['policy_uri', faultOfWebUri],
  ['tos_uri', faultOfWebUri],
  ['jwks_uri', faultOfWebUri],
  ['backchannel_logout_uri', faultOfWebUri],
] as const;

function refuseUri(uri: string, fault: string | undefined): void {
  const reason = uri.length > LONGEST_TEXT ? 'is too long' : fault;
  if (reason) throw new errors.InvalidClientMetadata(`${uri.slice(0, 200)} ${reason}`);
}

function refuseScopes({ scope }: AdapterPayload): void {
  const known = new Set<string>(IDENTITY_SCOPES);
  const unknown = scope?.split(' ').filter((one) => !known.has(one)) ?? [];
  if (unknown.length > 0)
    throw new errors.InvalidClientMetadata(
      `scope: ${unknown.join(' ')} is not open to registration`,
    );
}

function otherOf(metadata: AdapterPayload) {
  return Object.fromEntries(
    Object.entries(metadata).filter(([name, value]) => !DECIDED.has(name) && value !== undefined),
  );
}

function json(members: Record<string, unknown>) {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Record<string, Json>;
}
