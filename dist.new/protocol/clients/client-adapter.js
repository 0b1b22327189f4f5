// What the provider stores and deletes of clients: dynamic registrations (RFC 7591, 7592). The policy
// is applied here, where no registration can pass without it.
import { errors } from 'oidc-provider';
import { hashSecret } from '../../foundation/secrets.js';
import { appendAuditEvent } from '../../operations/audit/audit-log.js';
import { transact } from '../../storage/database.js';
import { bumpRevision } from '../../storage/revisions.js';
import { currentFacts } from '../request-of-provider.js';
import { SECRET_PLACEHOLDER } from './client-metadata.js';
import * as store from './client-store.js';
import { audit } from './clients.js';
import { applyRegistrationPolicy } from './registration-policy.js';
export function createClientAdapter(deps) {
    return {
        upsert: (id, metadata) => transact(deps.db, (tx) => register(tx, deps, { id, metadata })),
        destroy: (id) => transact(deps.db, (tx) => unregister(tx, deps, id)),
    };
}
async function register(tx, { clock }, { id, metadata }) {
    const row = applyRegistrationPolicy(metadata);
    const updated = await store.updateClient(tx, id, row);
    if (!updated) {
        const ownerId = (await store.findDefaultOwner(tx))?.id ?? null;
        await store.insertClient(tx, { id, ownerId, dynamicallyRegistered: true, ...row });
    }
    const secret = metadata.client_secret;
    if (secret && secret !== SECRET_PLACEHOLDER) {
        await store.insertSecret(tx, { clientId: id, secretHash: hashSecret(secret) });
    }
    const type = updated ? 'client.updated' : 'client.created';
    await appendAuditEvent(tx, clock.now(), { ...audit(type, id, actor(id)), ...currentRequest() });
    await bumpRevision(tx, 'clients');
}
async function unregister(tx, { clock }, id) {
    if (!(await store.deleteClientRow(tx, id)))
        throw new errors.InvalidToken('client not found');
    await appendAuditEvent(tx, clock.now(), {
        ...audit('client.deleted', id, actor(id)),
        ...currentRequest(),
    });
    await bumpRevision(tx, 'clients');
}
const actor = (id) => ({ type: 'client', id });
function currentRequest() {
    const { request, clientId } = currentFacts();
    return { request, clientId };
}
//# sourceMappingURL=client-adapter.js.map