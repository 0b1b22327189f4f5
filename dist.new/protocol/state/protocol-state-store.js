const asData = ({ payload, ...row }) => ({ ...row, payload: payload });
export async function insertState(db, row) {
    await db.protocolState.create({ data: asData(row), select: { id: true } });
}
export async function upsertState(db, row) {
    const { id, ...update } = asData(row);
    await db.protocolState.upsert({
        where: { id },
        create: { id, ...update },
        update,
        select: { id: true },
    });
}
export function findState(db, id) {
    return db.protocolState.findUnique({ where: { id } });
}
export function findStateByUserCode(db, userCodeHash) {
    return db.protocolState.findUnique({ where: { userCodeHash } });
}
/** Answers whether this call was the one that consumed it. */
export async function consumeState(db, id, at) {
    const { count } = await db.protocolState.updateMany({
        where: { id, consumedAt: null },
        data: { consumedAt: at },
    });
    return count === 1;
}
export async function deleteState(db, id) {
    const { count } = await db.protocolState.deleteMany({ where: { id } });
    return count === 1;
}
export async function deleteStatesOfGrant(db, grantId) {
    await db.protocolState.deleteMany({ where: { grantId } });
}
export async function deleteStatesOfAudience(db, audience) {
    await db.protocolState.deleteMany({ where: { audience } });
}
//# sourceMappingURL=protocol-state-store.js.map