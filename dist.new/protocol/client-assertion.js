import { errors } from 'oidc-provider';
const LONGEST_SECONDS = 3600;
/**
 * The audience of a client assertion is the issuer, as one string: an assertion made for another server
 * is no good here, nor ours there (RFC 7523bis). It lives an hour at most, which bounds what is kept of jtis.
 */
export function assertClientAssertion(ctx, claims, _header, client) {
    const { aud, exp, sub } = claims;
    if (aud !== ctx.oidc.issuer) {
        throw new errors.InvalidClientAuth('audience (aud) must be the issuer, and nothing else');
    }
    if (sub !== client.clientId) {
        throw new errors.InvalidClientAuth('subject (sub) must be the client_id');
    }
    if (typeof exp !== 'number' || exp > Date.now() / 1000 + LONGEST_SECONDS) {
        throw new errors.InvalidClientAuth('expiration (exp) must be within the next hour');
    }
}
//# sourceMappingURL=client-assertion.js.map