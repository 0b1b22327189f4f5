export async function findAnswer(db, between) {
    const row = await db.consent.findUnique({ where: { userId_clientId: between } });
    return row ? row.scopes : undefined;
}
export async function saveAnswer(db, between, answer) {
    const scopes = answer;
    await db.consent.upsert({
        where: { userId_clientId: between },
        create: { ...between, scopes },
        update: { scopes },
        select: { id: true },
    });
}
export function listConsentRows(db, { login, clientId }) {
    return db.consent.findMany({
        where: { ...(login && { user: { login } }), ...(clientId && { clientId }) },
        include: { user: { select: { login: true } }, client: { select: { name: true } } },
        orderBy: { createdAt: 'asc' },
    });
}
export function findConsentRow(db, id) {
    return db.consent.findUnique({ where: { id }, select: { userId: true, clientId: true } });
}
export async function deleteConsentRow(db, id) {
    const { count } = await db.consent.deleteMany({ where: { id } });
    return count === 1;
}
//# sourceMappingURL=consent-store.js.map