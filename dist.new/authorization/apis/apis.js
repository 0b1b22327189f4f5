import { DomainError } from '../../foundation/errors.js';
import { appendAuditEvent } from '../../operations/audit/audit-log.js';
import { transact } from '../../storage/database.js';
import { isUniqueViolation } from '../../storage/database-errors.js';
import { bumpRevision } from '../../storage/revisions.js';
import { resolveOwner } from '../ownership/ownership.js';
import * as store from './api-store.js';
import { checkNewApi, checkPermissions } from './new-api.js';
/**
 * Its owner is who resolveOwner says.
 * @throws DomainError `conflict` `api_exists`; `invalid` naming what is wrong
 */
export async function createApi({ db, clock, config }, request, actor) {
    checkNewApi(request);
    const { identifier, ownerId } = request;
    const at = clock.now();
    try {
        return await transact(db, async (tx) => {
            const owner = await resolveOwner(tx, { ownerId, actor });
            const api = await insert(tx, request, {
                ownerId: owner,
                accessTokenSeconds: request.accessTokenSeconds ?? config.accessTokenSeconds,
                createdAt: at,
            });
            await record(tx, at, { type: 'api.created', api, actor });
            return api;
        });
    }
    catch (error) {
        if (!isUniqueViolation(error))
            throw error;
        const message = `There is an API ${identifier} already.`;
        throw new DomainError('conflict', 'api_exists', message, { cause: error });
    }
}
/** @throws DomainError `not-found` `api_not_found`, `conflict` `permission_exists`; `invalid` naming what is wrong */
export async function addPermissions({ db, clock }, { identifier, permissions }, actor) {
    checkPermissions(permissions);
    try {
        return await transact(db, async (tx) => {
            const api = await getApi({ db: tx }, identifier);
            await store.insertPermissions(tx, api.id, permissions.map(withDescription));
            await record(tx, clock.now(), { type: 'api.updated', api, actor });
            return getApi({ db: tx }, identifier);
        });
    }
    catch (error) {
        if (!isUniqueViolation(error))
            throw error;
        const message = `${identifier} has one of these permissions already.`;
        throw new DomainError('conflict', 'permission_exists', message, { cause: error });
    }
}
export function listApis({ db }) {
    return store.list(db);
}
/** @throws DomainError `not-found` `api_not_found` */
export async function getApi({ db }, identifier) {
    const api = await store.find(db, identifier);
    if (!api)
        throw new DomainError('not-found', 'api_not_found', `There is no API ${identifier}.`);
    return api;
}
/** No more tokens for it, at once; its registration stays. Twice is once. */
export function disableApi(deps, identifier, actor) {
    return transact(deps.db, async (tx) => {
        const api = await getApi({ db: tx }, identifier);
        const at = deps.clock.now();
        if (!(await store.disable(tx, identifier, at)))
            return;
        await deps.onApiEnded(tx, identifier);
        await record(tx, at, { type: 'api.disabled', api, actor });
    });
}
/** Deletes it with its permissions; no client is allowed anything of it any more. */
export function deleteApi(deps, identifier, actor) {
    return transact(deps.db, async (tx) => {
        const api = await getApi({ db: tx }, identifier);
        await store.remove(tx, api.id);
        await deps.onApiEnded(tx, identifier);
        await record(tx, deps.clock.now(), { type: 'api.deleted', api, actor });
    });
}
function insert(tx, { identifier, name, permissions, tokenFormat = 'jwt', signingAlg = 'ES256' }, settled) {
    const row = { identifier, name: name?.trim() ?? identifier, tokenFormat, signingAlg, ...settled };
    return store.insert(tx, row, permissions.map(withDescription));
}
function withDescription({ name, description }) {
    return { name, description: description?.trim() ?? name };
}
/** The end of every act: what nodes remember of APIs, and of the clients that may ask for them, is outdated. */
async function record(tx, at, { type, api, actor }) {
    await appendAuditEvent(tx, at, {
        type,
        outcome: 'success',
        actor,
        target: { type: 'api', id: api.id },
        detail: { identifier: api.identifier },
    });
    await bumpRevision(tx, 'clients');
    await bumpRevision(tx, 'apis');
}
//# sourceMappingURL=apis.js.map