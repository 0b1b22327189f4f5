// The client as the provider wants it: metadata by its names in RFC 7591.
import type { ClientMetadata } from 'oidc-provider';
import { newSecret } from '../../foundation/secrets.ts';
import { CLIENT_PRESETS } from './client-presets.ts';
import type { RegisteredClient } from './registered-client.ts';

/** Stands where the provider expects a secret; the real ones are hashes and compared by us. Nobody can present it. */
export const SECRET_PLACEHOLDER = `kept as hashes ${newSecret()}`;

/** Fragments end up in histories and scripts; nothing that this server issues needs them. */
export const RESPONSE_MODES = ['query', 'form_post'];

export function toClientMetadata(client: RegisteredClient): ClientMetadata {
  const { clientUri, logoUri, policyUri, tosUri, jwksUri, backchannelLogoutUri, jwks } = client;
  const withSecret = client.tokenEndpointAuthMethod.startsWith('client_secret');
  return JSON.parse(
    JSON.stringify({
      ...(client.otherMetadata as object | null),
      client_id: client.id,
      client_id_issued_at: Math.floor(client.createdAt.getTime() / 1000),
      client_name: client.name,
      ...(withSecret && { client_secret: SECRET_PLACEHOLDER }),
      application_type: CLIENT_PRESETS[client.type].applicationType,
      grant_types: client.grantTypes,
      response_types: client.grantTypes.includes('authorization_code') ? ['code'] : [],
      response_modes: RESPONSE_MODES,
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
    }),
  ) as ClientMetadata;
}

function withoutNull(members: Record<string, unknown>) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}
