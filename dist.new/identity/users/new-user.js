// A person before there is a row: what was asked is checked and hashed first, and then inserted in one transaction.
import { DomainError } from '../../foundation/errors.js';
import { appendAuditEvent } from '../../operations/audit/audit-log.js';
import { isUniqueViolation } from '../../storage/database-errors.js';
import { findPasswordFault } from '../passwords/password-policy.js';
import { closeSetup } from '../setup/setup-closing.js';
import { readProfile } from './user-profile.js';
import { insert, isLoginTaken } from './user-store.js';
/** @throws DomainError `invalid` with a code that starts with the field: `login_`, `email_`, `name_`, `password_` */
export async function draftUser(hashing, request) {
    const profile = readProfile(request);
    const passwordHash = request.password === undefined
        ? null
        : await hashNewPassword(hashing, request.password, profile);
    return { ...profile, administrator: request.administrator ?? false, passwordHash };
}
/** @throws DomainError `invalid` `password_…` for a password that the policy refuses */
export async function hashNewPassword(hashing, password, owner) {
    const fault = findPasswordFault(password, owner);
    if (fault)
        throw new DomainError('invalid', fault.code, fault.message);
    return hashing.hash(password);
}
/** Inserts the person and the audit event; the first administrator also takes over what the installation owned. */
export async function insertDraft(tx, draft, act) {
    const user = await insert(tx, { ...draft, createdAt: act.at });
    await appendAuditEvent(tx, act.at, {
        type: 'user.created',
        outcome: 'success',
        actor: act.actor,
        target: { type: 'user', id: user.id },
        request: act.request,
        detail: { login: user.login, administrator: user.administrator },
    });
    if (user.administrator)
        await closeSetup(tx, user.id, act);
    return user;
}
/** Which of a person's names another one has, as a refusal; whatever else went wrong, as it is. */
export async function namedConflict(db, draft, error) {
    if (!isUniqueViolation(error))
        return error;
    if (await isLoginTaken(db, draft.login)) {
        return new DomainError('conflict', 'login_taken', 'This username is taken.', { cause: error });
    }
    return new DomainError('conflict', 'email_taken', 'This e-mail address is taken.', {
        cause: error,
    });
}
//# sourceMappingURL=new-user.js.map