import { hashSecret } from '../../foundation/secrets.js';
export async function insertSession(db, cookie, payload) {
    await db.session.create({
        data: { id: hashSecret(cookie), ...toRow(payload) },
        select: { id: true },
    });
}
/** Answers whether the row was still there; `rename` gives the cookie another value in the same step. */
export async function updateSession(db, cookie, { payload, rename }) {
    const { count } = await db.session.updateMany({
        where: { id: hashSecret(cookie) },
        data: { ...toRow(payload), ...(rename && { id: hashSecret(rename) }) },
    });
    return count === 1;
}
export async function findSession(db, cookie) {
    const row = await rowOf(db, hashSecret(cookie));
    return row ? toPayload(row, cookie) : undefined;
}
/** The newest row, with the authorizations of all rows of the uid. Its jti is not the cookie's value. */
export async function findSessionByUid(db, uid) {
    const rows = await db.session.findMany({ where: { uid }, orderBy: { expiresAt: 'asc' } });
    const newest = rows.at(-1);
    if (!newest)
        return undefined;
    const payloads = rows.map((row) => toPayload(row, row.id));
    const authorizations = Object.assign({}, ...payloads.map((one) => one.authorizations ?? {}));
    return { ...toPayload(newest, newest.id), authorizations };
}
export async function isSessionAlive(db, uid) {
    return (await db.session.findFirst({ where: { uid }, select: { id: true } })) !== null;
}
/** Answers whether there was any. */
export async function deleteSessionsOfUid(db, uid) {
    const { count } = await db.session.deleteMany({ where: { uid } });
    return count > 0;
}
const rowOf = (db, id) => db.session.findUnique({ where: { id } });
function toRow(payload) {
    const { authorizations, state, transient } = payload;
    return {
        uid: payload.uid ?? '',
        userId: payload.accountId ?? null,
        loginAt: payload.loginTs ? new Date(payload.loginTs * 1000) : null,
        acr: payload.acr ?? null,
        amr: payload.amr ?? [],
        payload: JSON.parse(JSON.stringify({ authorizations, state, transient })),
        expiresAt: new Date((payload.exp ?? 0) * 1000),
    };
}
function toPayload(row, jti) {
    const amr = row.amr;
    return {
        ...row.payload,
        jti,
        kind: 'Session',
        uid: row.uid,
        ...(row.userId && { accountId: row.userId }),
        ...(row.loginAt && { loginTs: Math.floor(row.loginAt.getTime() / 1000) }),
        ...(row.acr && { acr: row.acr }),
        ...(amr.length > 0 && { amr }),
        iat: Math.floor(row.createdAt.getTime() / 1000),
        exp: Math.floor(row.expiresAt.getTime() / 1000),
    };
}
//# sourceMappingURL=session-store.js.map