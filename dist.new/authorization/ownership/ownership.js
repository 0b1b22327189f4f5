// Who answers for a client or an API. Everything registered has an accountable owner, a person; until the first
// administrator exists that is the installation itself (no owner), which hands everything over at setup.
import { DomainError } from '../../foundation/errors.js';
import { bumpRevision } from '../../storage/revisions.js';
import * as store from './ownership-store.js';
/**
 * The owner of what is being registered in this transaction; null is the installation. In this order:
 * the person who was named; the person who acts; the installation while setup is pending; the oldest
 * administrator who is not disabled.
 * @throws DomainError `invalid` `owner_unknown` for a named person who is not there or disabled, `invalid`
 * `owner_required` when there is nobody left to answer for it
 */
export async function resolveOwner(tx, { ownerId, actor }) {
    if (ownerId !== undefined)
        return requireActiveOwner(tx, ownerId);
    if (actor.type === 'user')
        return requireActiveOwner(tx, actor.id);
    if (await store.holdPendingSetup(tx))
        return null;
    const administrator = await store.findOldestAdministrator(tx);
    if (!administrator) {
        throw new DomainError('invalid', 'owner_required', 'Name an owner: there is no administrator.');
    }
    return administrator.id;
}
/** Gives what the installation owned to the first administrator. */
export async function handOverInstallation(tx, ownerId) {
    const { clients, apis } = await store.giveUnowned(tx, ownerId);
    if (clients > 0)
        await bumpRevision(tx, 'clients');
    if (apis > 0)
        await bumpRevision(tx, 'apis');
}
/** The names of what a person owns, ready for a sentence. */
export async function listOwned(db, ownerId) {
    const { clients, apis } = await store.listOwnedBy(db, ownerId);
    return [
        ...clients.map(({ id, name }) => `client ${name} (${id})`),
        ...apis.map(({ identifier }) => `API ${identifier}`),
    ];
}
async function requireActiveOwner(tx, id) {
    if (await store.isActiveUser(tx, id))
        return id;
    throw new DomainError('invalid', 'owner_unknown', 'The owner is no active user.');
}
//# sourceMappingURL=ownership.js.map