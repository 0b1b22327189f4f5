import { DomainError } from '../../foundation/errors.js';
import { listOwned } from '../../authorization/ownership/ownership.js';
import { appendAuditEvent } from '../../operations/audit/audit-log.js';
import { transact } from '../../storage/database.js';
import { isForeignKeyViolation } from '../../storage/database-errors.js';
import { draftUser, hashNewPassword, insertDraft, namedConflict, } from './new-user.js';
import { findCredentials } from './credentials.js';
import * as store from './user-store.js';
/**
 * The first administrator, however made, completes the setup.
 * @throws DomainError `conflict` `login_taken` or `email_taken`; `invalid` with a code that starts with the field;
 * `unavailable` `sign_in_busy`
 */
export async function createUser({ db, clock, passwordHashing }, request, actor) {
    const draft = await draftUser(passwordHashing, request);
    try {
        return await transact(db, (tx) => insertDraft(tx, draft, { at: clock.now(), actor }));
    }
    catch (error) {
        throw await namedConflict(db, draft, error);
    }
}
export async function findUser({ db }, id) {
    return (await store.find(db, id)) ?? undefined;
}
/** @throws DomainError `not-found` `user_not_found` */
export async function getUser({ db }, id) {
    const user = await store.find(db, id);
    if (!user)
        throw notFound();
    return user;
}
/** By login or, if nobody has it, by e-mail address, as somebody typed it. */
export async function findUserBySignInName({ db }, name) {
    return (await findCredentials({ db }, name))?.user;
}
/** @throws DomainError `not-found` `user_not_found` */
export async function getUserBySignInName(deps, name) {
    const user = await findUserBySignInName(deps, name);
    if (!user)
        throw notFound();
    return user;
}
/** In the order of creation, from after the cursor. */
export async function listUsers({ db }, { limit, after }) {
    const users = await store.list(db, { limit: limit + 1, after });
    const page = users.slice(0, limit);
    return { users: page, next: users.length > limit ? page.at(-1)?.id : undefined };
}
/** Ends the person's sessions, codes and tokens too; what they own and what they allowed stays. Twice is once. */
export function disableUser(deps, id, actor) {
    return actOn(deps, { id, actor, type: 'user.disabled' }, async (tx, at) => {
        const changed = await store.disable(tx, id, at);
        await store.endAccess(tx, id);
        return changed;
    });
}
/** The person may sign in again; nothing that was ended comes back. Twice is once. */
export function enableUser(deps, id, actor) {
    return actOn(deps, { id, actor, type: 'user.enabled' }, (tx) => store.enable(tx, id));
}
/**
 * Deletes the person with their sessions, consents, grants and tokens.
 * @throws DomainError `conflict` `user_owns`, naming the clients and APIs that need another owner first
 */
export async function deleteUser(deps, id, actor) {
    try {
        await actOn(deps, { id, actor, type: 'user.deleted' }, (tx) => store.remove(tx, id));
    }
    catch (error) {
        if (!isForeignKeyViolation(error))
            throw error;
        const owned = (await listOwned(deps.db, id)).join(', ');
        const message = `This person answers for ${owned}. Give them another owner or delete them first.`;
        throw new DomainError('conflict', 'user_owns', message, { cause: error });
    }
}
/** @throws DomainError `invalid` `password_…`, `not-found` `user_not_found`, `unavailable` `sign_in_busy` */
export async function setPassword(deps, { userId, password, keep }, actor) {
    const user = await getUser(deps, userId);
    const passwordHash = await hashNewPassword(deps.passwordHashing, password, user);
    await actOn(deps, { id: userId, actor, type: 'user.password_set' }, async (tx) => {
        const changed = await store.setPasswordHash(tx, userId, passwordHash);
        await store.endAccess(tx, userId, keep);
        return changed;
    });
}
/** One act, one transaction, one event; no event for what was so already. */
async function actOn({ db, clock }, { id, actor, type }, work) {
    await transact(db, async (tx) => {
        const at = clock.now();
        if (await work(tx, at)) {
            const target = { type: 'user', id };
            return appendAuditEvent(tx, at, { type, outcome: 'success', actor, target });
        }
        if (!(await store.find(tx, id)))
            throw notFound();
    });
}
function notFound() {
    return new DomainError('not-found', 'user_not_found', 'There is no such user.');
}
//# sourceMappingURL=users.js.map