const omit = { passwordHash: true };
export function insert(db, user) {
    return db.user.create({ data: user, omit });
}
export function find(db, id) {
    return db.user.findUnique({ where: { id }, omit });
}
/** Of two people of whom one has the name as login and the other as address, the login wins. */
export async function findBySignInName(db, name) {
    const found = await db.user.findMany({ where: { OR: [{ login: name }, { email: name }] } });
    return found.find(({ login }) => login === name) ?? found[0] ?? null;
}
export async function isLoginTaken(db, login) {
    return (await db.user.count({ where: { login } })) > 0;
}
/** In the order of creation. */
export function list(db, { limit, after }) {
    return db.user.findMany({
        where: after === undefined ? {} : { id: { gt: after } },
        orderBy: { id: 'asc' },
        take: limit,
        omit,
    });
}
/** Answers whether there was such a user who was not disabled. */
export async function disable(db, id, at) {
    const { count } = await db.user.updateMany({
        where: { id, disabledAt: null },
        data: { disabledAt: at },
    });
    return count === 1;
}
/** Answers whether there was such a user who was disabled. */
export async function enable(db, id) {
    const { count } = await db.user.updateMany({
        where: { id, disabledAt: { not: null } },
        data: { disabledAt: null },
    });
    return count === 1;
}
/** Answers whether there was such a user. */
export async function setPasswordHash(db, id, passwordHash) {
    const { count } = await db.user.updateMany({ where: { id }, data: { passwordHash } });
    return count === 1;
}
/** Only while the hash is still the one that was verified: a password set meanwhile stays. */
export async function replacePasswordHash(db, { id, passwordHash }, replacement) {
    await db.user.updateMany({ where: { id, passwordHash }, data: { passwordHash: replacement } });
}
/** Answers whether there was such a user. */
export async function remove(db, id) {
    const { count } = await db.user.deleteMany({ where: { id } });
    return count === 1;
}
/** Ends sessions, grants and, with the grants, their codes and tokens. */
export async function endAccess(db, userId, keep) {
    const kept = [...(keep?.grantIds ?? [])];
    await db.session.deleteMany({
        where: { userId, ...(keep && { uid: { not: keep.sessionUid } }) },
    });
    await db.grant.deleteMany({ where: { userId, id: { notIn: kept } } });
    await db.protocolState.deleteMany({
        where: { userId, OR: [{ grantId: null }, { grantId: { notIn: kept } }] },
    });
}
//# sourceMappingURL=user-store.js.map