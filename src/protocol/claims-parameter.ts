import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { authenticationClaims } from './interactions/assurance.ts';

/**
 * Leaves of the claims parameter (OpenID Connect Core §5.5) what concerns the authentication. Claims about the person
 * come with scopes, which people are asked about by name; one requested here would pass the consent page by.
 * @throws InvalidRequest
 */
export function keepAuthenticationClaims({ oidc }: KoaContextWithOIDC, claims: unknown): void {
  const read = authenticationClaims.safeParse(claims);
  if (!read.success) throw new errors.InvalidRequest('claims.id_token is not as it should be');
  if (!oidc.params) return;

  const { id_token } = read.data;
  oidc.params['claims'] = id_token ? JSON.stringify({ id_token }) : undefined;
}
