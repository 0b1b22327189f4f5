import type { AccessToken, ClientCredentials, KoaContextWithOIDC } from 'oidc-provider';

/** No secret: it opens nothing. The name is that of OAuth 2.0 Grant Management. */
export const GRANT_CLAIM = 'grant_id';

/**
 * auth_time, acr and amr of the sign-in behind an access token (RFC 9068 §2.2.1), and the grant that it ends with, by
 * which introspection knows whether a JWT is still good; none without a user.
 */
export function authenticationClaims(
  ctx: KoaContextWithOIDC,
  token: AccessToken | ClientCredentials,
) {
  if (token.kind !== 'AccessToken') return undefined;

  const { AuthorizationCode, DeviceCode, RefreshToken } = ctx.oidc.entities;
  const source = AuthorizationCode ?? DeviceCode ?? RefreshToken;
  if (!source) return undefined;
  const { authTime: auth_time, acr, amr } = source;
  return present({ auth_time, acr, amr, [GRANT_CLAIM]: token.grantId });
}

function present(claims: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}
