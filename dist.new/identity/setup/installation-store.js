const id = 1;
export function find(db) {
    return db.installation.findUnique({ where: { id } });
}
export async function insert(db, sealCheck, createdAt) {
    await db.installation.create({ data: { id, sealCheck, createdAt } });
}
/** Answers whether setup was pending; the token before is worth nothing then. */
export async function replaceSetupToken(db, setupTokenHash) {
    return changed(db.installation.updateMany({ where: { id, setupAt: null }, data: { setupTokenHash } }));
}
/** Answers whether setup was pending; the row stays locked until the end of the transaction. */
export async function withdrawSetupToken(tx) {
    return changed(tx.installation.updateMany({ where: { id, setupAt: null }, data: { setupTokenHash: null } }));
}
/** Answers whether setup was pending and this was its token. */
export async function useSetupToken(tx, setupTokenHash) {
    return changed(tx.installation.updateMany({
        where: { id, setupAt: null, setupTokenHash },
        data: { setupTokenHash: null },
    }));
}
/** Answers whether setup was pending. */
export async function close(tx, setupAt) {
    return changed(tx.installation.updateMany({
        where: { id, setupAt: null },
        data: { setupAt, setupTokenHash: null },
    }));
}
async function changed(update) {
    return (await update).count === 1;
}
//# sourceMappingURL=installation-store.js.map