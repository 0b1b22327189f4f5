import { decodeProtectedHeader } from 'jose';
import { errors, type Provider } from 'oidc-provider';

/** A hint must be an ID token: a logout token has the same issuer, audience and subject, but says what it is. */
export function overrideIdTokenHints(provider: Provider): void {
  const { IdToken } = provider;
  const validate = IdToken.validate.bind(IdToken);
  const validateTyped: typeof validate = async (jwt, client) => {
    const { typ = 'JWT' } = decodeProtectedHeader(jwt);
    if (typ !== 'JWT') throw new errors.InvalidRequest('id_token_hint is not an ID token');
    return validate(jwt, client);
  };
  Object.assign(IdToken, { validate: validateTyped });
}
