import { DomainError } from '../../foundation/errors.js';
import { appendAuditEvent } from '../../operations/audit/audit-log.js';
import { transact } from '../../storage/database.js';
import * as store from './consent-store.js';
import { deleteGrantsBetween } from './grant-store.js';
import { mergeAnswers, NO_ANSWER } from './scopes.js';
/** Everything the person answered this client so far. */
export async function rememberedAnswer(db, between) {
    return (await store.findAnswer(db, between)) ?? NO_ANSWER;
}
/** Adds an answer to what is remembered, and answers both together. */
export async function rememberAnswer(tx, between, answer) {
    const all = mergeAnswers(await rememberedAnswer(tx, between), answer);
    await store.saveAnswer(tx, between, all);
    return all;
}
export async function listConsents({ db }, filter) {
    const rows = await store.listConsentRows(db, filter);
    return rows.map(({ id, userId, clientId, scopes, createdAt, updatedAt, user, client }) => ({
        id,
        userId,
        login: user.login,
        clientId,
        clientName: client.name,
        ...scopes,
        createdAt,
        updatedAt,
    }));
}
/** Forgets the consent and ends every grant and token between the two, in every session and on every device. */
export function revokeConsent({ db, clock }, { consentId }, actor) {
    return transact(db, async (tx) => {
        const between = await store.findConsentRow(tx, consentId);
        if (!between || !(await store.deleteConsentRow(tx, consentId)))
            throw unknownConsent(consentId);
        await deleteGrantsBetween(tx, between);
        await appendAuditEvent(tx, clock.now(), {
            type: 'consent.revoked',
            outcome: 'success',
            actor,
            target: { type: 'user', id: between.userId },
            clientId: between.clientId,
        });
    });
}
function unknownConsent(id) {
    return new DomainError('not-found', 'consent_not_found', `There is no such consent: ${id}`);
}
//# sourceMappingURL=consents.js.map