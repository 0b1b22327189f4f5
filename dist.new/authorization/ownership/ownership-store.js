/**
 * Whether the first administrator is still to come. The row stays locked until the end of the transaction, so that a
 * setup in parallel waits and then hands over what this transaction registers.
 */
export async function holdPendingSetup(tx) {
    const { count } = await tx.installation.updateMany({
        where: { setupAt: null },
        data: { setupAt: null },
    });
    return count > 0 || (await tx.installation.count()) === 0;
}
export function findOldestAdministrator(db) {
    return db.user.findFirst({
        where: { administrator: true, disabledAt: null },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        select: { id: true },
    });
}
export async function isActiveUser(db, id) {
    return (await db.user.count({ where: { id, disabledAt: null } })) === 1;
}
/** Answers how many of each had no owner. */
export async function giveUnowned(tx, ownerId) {
    const unowned = { where: { ownerId: null }, data: { ownerId } };
    const clients = await tx.client.updateMany(unowned);
    const apis = await tx.api.updateMany(unowned);
    return { clients: clients.count, apis: apis.count };
}
export async function listOwnedBy(db, ownerId) {
    const clients = await db.client.findMany({
        where: { ownerId },
        select: { id: true, name: true },
        orderBy: { name: 'asc' },
    });
    const apis = await db.api.findMany({
        where: { ownerId },
        select: { identifier: true },
        orderBy: { identifier: 'asc' },
    });
    return { clients, apis };
}
//# sourceMappingURL=ownership-store.js.map