import { DomainError } from '../../foundation/errors.js';
import { hashSecret, isSameSecret, newSecret } from '../../foundation/secrets.js';
import { appendAuditEvent } from '../../operations/audit/audit-log.js';
import { transact } from '../../storage/database.js';
import { bumpRevision } from '../../storage/revisions.js';
import { audit, getClient } from './clients.js';
import * as store from './client-store.js';
/** Adds a secret, which is in the answer and nowhere else, and lets the older ones run out. */
export async function rotateClientSecret({ db, clock }, { clientId, keepOldSeconds, expiresAt }, actor) {
    const secret = newSecret();
    await transact(db, async (tx) => {
        const client = await getClient({ db: tx }, clientId);
        if (!client.tokenEndpointAuthMethod.startsWith('client_secret'))
            throw hasNoSecret(client);
        const now = clock.now();
        await store.deleteSecretsExpiredBefore(tx, clientId, now);
        await store.limitSecrets(tx, clientId, new Date(now.getTime() + keepOldSeconds * 1000));
        await store.insertSecret(tx, { clientId, secretHash: hashSecret(secret), expiresAt });
        await appendAuditEvent(tx, now, audit('client.secret_added', clientId, actor));
        await bumpRevision(tx, 'clients');
    });
    return { secret, ...(expiresAt && { expiresAt }) };
}
/** Compares with every secret that has not ended, in constant time each. */
export function isClientSecret({ secrets }, presented, now) {
    const hash = hashSecret(presented);
    return secrets
        .filter(({ expiresAt }) => !expiresAt || expiresAt > now)
        .map((secret) => isSameSecret(secret.hash, hash))
        .includes(true);
}
function hasNoSecret({ name, tokenEndpointAuthMethod }) {
    return new DomainError('invalid', 'client_has_no_secret', `${name} authenticates with ${tokenEndpointAuthMethod}, which has no secret.`);
}
//# sourceMappingURL=client-secrets.js.map