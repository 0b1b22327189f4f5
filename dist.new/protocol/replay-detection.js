import { hashSecret } from '../foundation/secrets.js';
import { isUniqueViolation } from '../storage/database-errors.js';
import { insertState } from './state/protocol-state-store.js';
/** A jti counts once (RFC 7523 §3, RFC 9449 §11.1): the unique row decides, not a look before. */
export function overrideReplayDetection(provider, { db }) {
    Object.assign(provider.ReplayDetection, {
        async unique(issuer, jti, exp) {
            try {
                await insertState(db, {
                    id: hashSecret(`replay:${issuer}\n${jti}`),
                    model: 'ReplayDetection',
                    grantId: null,
                    clientId: null,
                    userId: null,
                    sessionUid: null,
                    audience: null,
                    payload: {},
                    expiresAt: new Date(exp * 1000),
                });
                return true;
            }
            catch (error) {
                if (isUniqueViolation(error))
                    return false;
                throw error;
            }
        },
    });
}
//# sourceMappingURL=replay-detection.js.map