import { newSecret } from '../../foundation/secrets.js';
import { appendAuditEvent } from '../../operations/audit/audit-log.js';
import { transact } from '../../storage/database.js';
import { insertState } from '../state/protocol-state-store.js';
import { toStateRow } from '../state/protocol-state.js';
/** The token is in the answer and nowhere else. */
export async function createRegistrationToken({ db, clock, stateKey }, { expiresAt }, actor) {
    const token = newSecret();
    const now = clock.now();
    const row = toStateRow(stateKey, { model: 'InitialAccessToken', id: token }, {
        iat: Math.floor(now.getTime() / 1000),
        exp: Math.floor(expiresAt.getTime() / 1000),
    });
    await transact(db, async (tx) => {
        await insertState(tx, row);
        await appendAuditEvent(tx, now, {
            type: 'registration_token.created',
            outcome: 'success',
            actor,
            detail: { expiresAt: expiresAt.toISOString() },
        });
    });
    return { token };
}
//# sourceMappingURL=registration-tokens.js.map