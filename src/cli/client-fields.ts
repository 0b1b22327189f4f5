import type { RegisteredClient } from '../protocol/clients/registered-client.ts';
import type { Fields } from './answer.ts';

/** A client under the names of RFC 7591, and what is ours besides. Never its secrets, nor their hashes. */
export function clientFields(client: RegisteredClient): Fields {
  return { ...identityOf(client), ...protocolOf(client), ...pagesOf(client), ...datesOf(client) };
}

function identityOf({ id, name, type, owner, firstParty, apis, actsAsApi }: RegisteredClient) {
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

function protocolOf(client: RegisteredClient) {
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
    default_acr_values: client.defaultAcrValues,
    initiate_login_uri: client.initiateLoginUri,
  };
}

function pagesOf(client: RegisteredClient) {
  return {
    client_uri: client.clientUri,
    logo_uri: client.logoUri,
    policy_uri: client.policyUri,
    tos_uri: client.tosUri,
    accent: client.accentColor,
    accent_dark: client.accentColorDark,
  };
}

function datesOf(client: RegisteredClient) {
  const secrets = client.secrets.map(({ id, createdAt, expiresAt }) => ({
    id,
    created_at: createdAt,
    expires_at: expiresAt,
  }));
  return { secrets, disabled_at: client.disabledAt, created_at: client.createdAt };
}
