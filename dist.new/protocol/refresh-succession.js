// Rotation with a grace: the successor of a refresh token is derived from it (HMAC under a key that is
// not in the database), so that a client which repeats a rotation, because the answer was lost or two
// tabs were at it, is given the same successor. There is never a second family, and after the grace,
// or once the successor has been used, reuse is detected as ever (RFC 9700 §4.14.2).
import { createHmac } from 'node:crypto';
import { findState } from './state/protocol-state-store.js';
import { stateId } from './state/protocol-state.js';
export function createSuccession({ db, clock, key, graceSeconds }) {
    const successorOf = (refreshToken) => createHmac('sha256', key).update(refreshToken).digest('base64url');
    async function isRetry(refreshToken, consumedAt) {
        const age = clock.now().getTime() - consumedAt.getTime();
        if (age >= graceSeconds * 1000)
            return false;
        const successor = await findState(db, stateId(successorOf(refreshToken)));
        return !successor?.consumedAt;
    }
    return {
        successorOf,
        isRetry,
        async mayRepeat(refreshToken) {
            const row = await findState(db, stateId(refreshToken));
            return row?.consumedAt ? isRetry(refreshToken, row.consumedAt) : false;
        },
    };
}
//# sourceMappingURL=refresh-succession.js.map