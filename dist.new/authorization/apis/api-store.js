const include = {
    permissions: { select: { name: true, description: true }, orderBy: { name: 'asc' } },
};
export function insert(db, api, permissions) {
    return db.api.create({ data: { ...api, permissions: { create: permissions } }, include });
}
export function find(db, identifier) {
    return db.api.findUnique({ where: { identifier }, include });
}
export function list(db) {
    return db.api.findMany({ include, orderBy: { identifier: 'asc' } });
}
export async function insertPermissions(db, apiId, permissions) {
    await db.permission.createMany({ data: permissions.map((one) => ({ apiId, ...one })) });
}
/** Answers whether there was such an API that was not disabled. */
export async function disable(db, identifier, at) {
    const { count } = await db.api.updateMany({
        where: { identifier, disabledAt: null },
        data: { disabledAt: at },
    });
    return count === 1;
}
/** With its permissions, and what clients were allowed of them. */
export async function remove(db, id) {
    await db.api.deleteMany({ where: { id } });
}
//# sourceMappingURL=api-store.js.map