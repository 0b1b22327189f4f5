// How the provider saves and ends browser sessions, in place of its own way: a request that was still
// under way when the session ended must not bring it back, and ending one ends every row of its uid.
import { errors } from 'oidc-provider';
import { appendAuditEvent } from '../../operations/audit/audit-log.js';
import { transact } from '../../storage/database.js';
import { isForeignKeyViolation } from '../../storage/database-errors.js';
import { currentFacts } from '../request-of-provider.js';
import * as store from './session-store.js';
export function overrideSessions(provider, deps) {
    const stored = new WeakSet();
    Object.assign(provider.Session.prototype, {
        async save(ttl) {
            this.exp = Math.floor(Date.now() / 1000) + ttl;
            const { payload } = await this.getValueAndPayload();
            const isKnown = this.iat !== undefined || stored.has(this);
            await (isKnown ? saveAgain(deps, this, payload) : saveFirst(deps, this, payload));
            stored.add(this);
            delete this.oldId;
            this.touched = false;
            this.emit('saved');
            return this.jti;
        },
        async destroy() {
            await endSession(deps, this);
            this.emit('destroyed');
            this.destroyed = true;
        },
    });
}
async function saveFirst({ db }, { jti }, payload) {
    try {
        await store.insertSession(db, jti, payload);
    }
    catch (error) {
        if (isForeignKeyViolation(error))
            throw new errors.AccessDenied('the user is gone');
        throw error;
    }
}
async function saveAgain(deps, session, payload) {
    const { db } = deps;
    const { jti, oldId, uid } = session;
    const change = { payload, rename: oldId ? jti : undefined };
    if (await store.updateSession(db, oldId ?? jti, change))
        return;
    // Another request renamed the row (then this one adds its own) or ended the session (then it stays ended).
    if (await store.isSessionAlive(db, uid))
        await saveFirst(deps, session, payload);
}
async function endSession({ db, clock }, session) {
    const { clientId, request } = currentFacts();
    await transact(db, async (tx) => {
        const existed = await store.deleteSessionsOfUid(tx, session.uid);
        if (!existed || !session.accountId)
            return;
        await appendAuditEvent(tx, clock.now(), {
            type: 'session.ended',
            outcome: 'success',
            actor: { type: 'user', id: session.accountId },
            target: { type: 'session', id: session.uid },
            clientId,
            request,
        });
    });
}
//# sourceMappingURL=session-model.js.map