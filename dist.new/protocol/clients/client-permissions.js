import { DomainError } from '../../foundation/errors.js';
import * as store from './client-store.js';
/** Allows the client the named permissions of the named APIs. @throws DomainError unknown_permission */
export async function allowApis(tx, clientId, { allow = [] }) {
    const ids = new Set();
    for (const { api, permissions } of allow) {
        const known = new Map((await store.listPermissionsOf(tx, api)).map(({ id, name }) => [name, id]));
        for (const name of permissions) {
            const id = known.get(name);
            if (!id)
                throw unknownPermission(api, name);
            ids.add(id);
        }
    }
    await store.allowPermissions(tx, clientId, [...ids]);
}
function unknownPermission(api, name) {
    return new DomainError('invalid', 'unknown_permission', `allow: ${api} has no permission ${name}`);
}
//# sourceMappingURL=client-permissions.js.map