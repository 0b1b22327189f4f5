// Client applications: registering, showing, disabling and deleting them (RFC 6749 §2, RFC 7591 names).
import { randomBytes } from 'node:crypto';
import { DomainError } from '../../foundation/errors.js';
import { hashSecret, newSecret } from '../../foundation/secrets.js';
import { appendAuditEvent } from '../../operations/audit/audit-log.js';
import { transact } from '../../storage/database.js';
import { bumpRevision } from '../../storage/revisions.js';
import { allowApis } from './client-permissions.js';
import { CLIENT_PRESETS } from './client-presets.js';
import { checkNewClient, toClientRow } from './new-client.js';
import * as store from './client-store.js';
import { toRegisteredClient } from './registered-client.js';
/**
 * Registers a client. The secret, if its way of authenticating has one, is in the answer and nowhere else.
 * @throws DomainError naming the field that is wrong
 */
export async function createClient({ db, clock }, request, actor) {
    checkNewClient(request);
    const id = newClientId();
    const secret = needsSecret(request) ? newSecret() : undefined;
    const client = await transact(db, async (tx) => {
        await store.insertClient(tx, toClientRow(id, request, await linksOf(tx, request)));
        if (secret)
            await store.insertSecret(tx, { clientId: id, secretHash: hashSecret(secret) });
        await allowApis(tx, id, request);
        await appendAuditEvent(tx, clock.now(), audit('client.created', id, actor));
        await bumpRevision(tx, 'clients');
        return getClient({ db: tx }, id);
    });
    return { client, ...(secret && { secret }) };
}
export async function listClients({ db }) {
    return (await store.listClientRows(db)).map(toRegisteredClient);
}
/** @throws DomainError client_not_found */
export async function getClient({ db }, id) {
    const row = await store.findClientRow(db, id);
    if (!row)
        throw unknownClient(id);
    return toRegisteredClient(row);
}
/** Ends all it holds at once: grants, tokens, requests under way. Its registration stays. */
export function disableClient({ db, clock }, id, actor) {
    return transact(db, async (tx) => {
        if (!(await store.markDisabled(tx, id, clock.now())))
            throw unknownClient(id);
        await store.endAuthorizations(tx, id);
        await appendAuditEvent(tx, clock.now(), audit('client.disabled', id, actor));
        await bumpRevision(tx, 'clients');
    });
}
/** Deletes it, and with it its secrets, consents, grants and tokens. */
export function deleteClient({ db, clock }, id, actor) {
    return transact(db, async (tx) => {
        if (!(await store.deleteClientRow(tx, id)))
            throw unknownClient(id);
        await appendAuditEvent(tx, clock.now(), audit('client.deleted', id, actor));
        await bumpRevision(tx, 'clients');
    });
}
/** 128 random bits in hex: safe unencoded in a URL, a header and a shell. */
export function newClientId() {
    return randomBytes(16).toString('hex');
}
export function unknownClient(id) {
    return new DomainError('not-found', 'client_not_found', `There is no such client: ${id}`);
}
export function audit(type, id, actor) {
    return { type, outcome: 'success', actor, target: { type: 'client', id } };
}
function needsSecret({ type, tokenEndpointAuthMethod }) {
    const method = tokenEndpointAuthMethod ?? CLIENT_PRESETS[type].tokenEndpointAuthMethod;
    return method.startsWith('client_secret');
}
async function linksOf(tx, { ownerId, actsAsApi }) {
    return {
        ownerId: ownerId ?? (await store.findDefaultOwner(tx))?.id ?? null,
        actsAsApiId: actsAsApi ? await apiIdOf(tx, actsAsApi) : null,
    };
}
async function apiIdOf(tx, identifier) {
    const api = await store.findApiId(tx, identifier);
    if (!api)
        throw new DomainError('invalid', 'unknown_api', `actsAsApi: there is no API ${identifier}`);
    return api.id;
}
//# sourceMappingURL=clients.js.map