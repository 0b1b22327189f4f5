// PostgreSQL can store no NUL, and nothing that the protocol keeps for a caller needs one: a request that holds one is
// refused as malformed, on either engine.
import { errors } from 'oidc-provider';

// An escape whose backslash isn't itself escaped.
const ESCAPED_NUL = /(?<!\\)(?:\\\\)*\\u0000/;

/** @throws InvalidRequest */
export function refuseNul(payload: object): void {
  if (!ESCAPED_NUL.test(JSON.stringify(payload))) return;
  throw new errors.InvalidRequest('parameters must not hold NUL characters');
}
