/** The user that tokens speak of, unless there is none or it is disabled. */
export async function findActiveAccount(db, id) {
    const row = await db.user.findUnique({ where: { id } });
    return row && !row.disabledAt ? row : undefined;
}
//# sourceMappingURL=account-store.js.map