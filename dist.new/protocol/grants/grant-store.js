/** The provider's Grant payload as a row; its id is no bearer secret. */
export async function saveGrant(db, id, payload) {
    const data = {
        userId: payload.accountId ?? '',
        clientId: payload.clientId ?? '',
        scopes: scopesOf(payload),
        createdAt: new Date((payload.iat ?? 0) * 1000),
        expiresAt: new Date((payload.exp ?? 0) * 1000),
    };
    await db.grant.upsert({ where: { id }, create: { id, ...data }, update: data, select: { id: true } });
}
export async function findGrant(db, id) {
    const row = await db.grant.findUnique({ where: { id } });
    if (!row)
        return undefined;
    return {
        ...row.scopes,
        jti: row.id,
        kind: 'Grant',
        accountId: row.userId,
        clientId: row.clientId,
        iat: Math.floor(row.createdAt.getTime() / 1000),
        exp: Math.floor(row.expiresAt.getTime() / 1000),
    };
}
/** Answers whether there was one. Its codes and tokens go with it. */
export async function deleteGrant(db, id) {
    const { count } = await db.grant.deleteMany({ where: { id } });
    return count === 1;
}
export async function deleteGrantsBetween(db, { userId, clientId }) {
    await db.grant.deleteMany({ where: { userId, clientId } });
}
function scopesOf({ openid, resources, rejected }) {
    return JSON.parse(JSON.stringify({ openid, resources, rejected }));
}
//# sourceMappingURL=grant-store.js.map