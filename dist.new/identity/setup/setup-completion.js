import { DomainError } from '../../foundation/errors.js';
import { hashSecret, isSameSecret } from '../../foundation/secrets.js';
import { appendAuditEvent } from '../../operations/audit/audit-log.js';
import { transact } from '../../storage/database.js';
import { draftUser, insertDraft, namedConflict } from '../users/new-user.js';
import * as store from './installation-store.js';
/**
 * Refuses a link that was never given out, was replaced, or is used up; the refusal is counted and on record.
 * @throws DomainError `not-found` `setup_link_invalid`, `too-many` `rate_limited`
 */
export async function requireSetupToken({ db, clock, rateLimits }, token, facts) {
    rateLimits.assertNotBlocked('setup', facts.address);
    const installation = await store.find(db);
    const expected = installation?.setupAt === null ? installation.setupTokenHash : null;
    if (expected && isSameSecret(expected, hashSecret(token)))
        return;
    await rateLimits.consume('setup', facts.address);
    await appendAuditEvent(db, clock.now(), {
        type: 'installation.setup_refused',
        outcome: 'refused',
        actor: { type: 'anonymous' },
        request: facts,
    });
    throw invalidLink();
}
/**
 * Creates the administrator, hands over what the installation owned, and uses up the token, all or nothing.
 * @throws DomainError those of requireSetupToken and of createUser
 */
export async function completeSetup(deps, { token, ...person }, facts) {
    await requireSetupToken(deps, token, facts); // no password is hashed for a stranger
    const draft = await draftUser(deps.passwordHashing, { ...person, administrator: true });
    const act = { at: deps.clock.now(), actor: { type: 'anonymous' }, request: facts };
    try {
        return await transact(deps.db, async (tx) => {
            if (!(await store.useSetupToken(tx, hashSecret(token))))
                throw invalidLink();
            return insertDraft(tx, draft, act);
        });
    }
    catch (error) {
        throw await namedConflict(deps.db, draft, error);
    }
}
function invalidLink() {
    const message = 'This setup link was used, replaced or never given out. While setup is pending, a new one is printed at every start.';
    return new DomainError('not-found', 'setup_link_invalid', message);
}
//# sourceMappingURL=setup-completion.js.map