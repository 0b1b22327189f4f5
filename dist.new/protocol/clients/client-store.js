const WITH_ALL = {
    secrets: { orderBy: { createdAt: 'asc' } },
    permissions: { include: { permission: { include: { api: true } } } },
    actsAsApi: { select: { identifier: true, disabledAt: true } },
    owner: { select: { login: true } },
};
export function findClientRow(db, id) {
    return db.client.findUnique({ where: { id }, include: WITH_ALL });
}
export function listClientRows(db) {
    return db.client.findMany({ include: WITH_ALL, orderBy: { createdAt: 'asc' } });
}
export async function insertClient(db, row) {
    await db.client.create({ data: row, select: { id: true } });
}
export async function updateClient(db, id, change) {
    const { count } = await db.client.updateMany({ where: { id }, data: change });
    return count === 1;
}
export async function deleteClientRow(db, id) {
    const { count } = await db.client.deleteMany({ where: { id } });
    return count === 1;
}
/** Answers whether it was enabled until now. */
export async function markDisabled(db, id, at) {
    const { count } = await db.client.updateMany({
        where: { id, disabledAt: null },
        data: { disabledAt: at },
    });
    return count === 1;
}
/** Ends every authorization of the client: its grants (and with them its tokens) and all else it holds. */
export async function endAuthorizations(db, clientId) {
    await db.grant.deleteMany({ where: { clientId } });
    await db.protocolState.deleteMany({ where: { clientId } });
}
export async function insertSecret(db, { clientId, secretHash, expiresAt }) {
    await db.clientSecret.create({ data: { clientId, secretHash, expiresAt: expiresAt ?? null } });
}
/** Lets the client's present secrets live until then, none longer than it already did. */
export async function limitSecrets(db, clientId, until) {
    const { count } = await db.clientSecret.updateMany({
        where: { clientId, OR: [{ expiresAt: null }, { expiresAt: { gt: until } }] },
        data: { expiresAt: until },
    });
    return count;
}
export async function deleteSecretsExpiredBefore(db, clientId, at) {
    await db.clientSecret.deleteMany({ where: { clientId, expiresAt: { lte: at } } });
}
export function listPermissionsOf(db, identifier) {
    return db.permission.findMany({
        where: { api: { identifier, disabledAt: null } },
        select: { id: true, name: true },
    });
}
export async function allowPermissions(db, clientId, permissionIds) {
    await db.clientPermission.createMany({
        data: permissionIds.map((permissionId) => ({ clientId, permissionId })),
    });
}
export function findApiId(db, identifier) {
    return db.api.findUnique({ where: { identifier }, select: { id: true } });
}
/** The person who answers for what nobody else was named for: the administrator of longest standing. */
export function findDefaultOwner(db) {
    return db.user.findFirst({
        where: { administrator: true, disabledAt: null },
        orderBy: { createdAt: 'asc' },
        select: { id: true },
    });
}
//# sourceMappingURL=client-store.js.map