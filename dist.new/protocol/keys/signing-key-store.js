export function listKeys(db) {
    return db.signingKey.findMany({ orderBy: [{ alg: 'asc' }, { createdAt: 'asc' }] });
}
export async function insertKey(db, { publicJwk, ...key }) {
    const data = { ...key, publicJwk: publicJwk };
    await db.signingKey.create({ data, select: { id: true } });
}
/** Answers whether the key was in the state it was to leave. */
export async function moveKey(db, id, { from, to, at }) {
    const { count } = await db.signingKey.updateMany({
        where: { id, state: from },
        data: { state: to, ...(to === 'current' ? { activatedAt: at } : { retiredAt: at }) },
    });
    return count === 1;
}
/** Answers the keys it deleted. */
export async function deleteKeysRetiredBefore(db, at) {
    const { count } = await db.signingKey.deleteMany({ where: { state: 'retired', retiredAt: { lt: at } } });
    return count;
}
//# sourceMappingURL=signing-key-store.js.map