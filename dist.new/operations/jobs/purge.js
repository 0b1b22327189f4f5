import { transact } from '../../storage/database.js';
const GRACE_MS = 60 * 60 * 1000;
const BATCH = 500;
export function purgeJob(deps) {
    return { name: 'purge', everySeconds: 5 * 60, run: () => purgeExpired(deps) };
}
/**
 * @param batch rows to remove in one transaction
 * @returns how many rows of each table were removed; the states that go with a grant aren't counted
 */
export async function purgeExpired({ db, clock }, { batch = BATCH } = {}) {
    const before = new Date(clock.now().getTime() - GRACE_MS);
    const counts = {};
    for (const [table, removeSome] of Object.entries(TABLES)) {
        counts[table] = await removeAll(db, (tx) => removeSome(tx, before, batch), batch);
    }
    return counts;
}
// Each names its rows first and then removes them under the same condition: what was renewed in between stays.
const TABLES = {
    async protocolStates(db, before, take) {
        const expired = { expiresAt: { lt: before } };
        const rows = await db.protocolState.findMany({ where: expired, select: { id: true }, take });
        const ids = rows.map(({ id }) => id);
        return removed(ids, () => db.protocolState.deleteMany({ where: { ...expired, id: { in: ids } } }));
    },
    async grants(db, before, take) {
        const expired = { expiresAt: { lt: before } };
        const rows = await db.grant.findMany({ where: expired, select: { id: true }, take });
        const ids = rows.map(({ id }) => id);
        return removed(ids, () => db.grant.deleteMany({ where: { ...expired, id: { in: ids } } }));
    },
    async sessions(db, before, take) {
        const expired = { expiresAt: { lt: before } };
        const rows = await db.session.findMany({ where: expired, select: { id: true }, take });
        const ids = rows.map(({ id }) => id);
        return removed(ids, () => db.session.deleteMany({ where: { ...expired, id: { in: ids } } }));
    },
    async rateLimits(db, before, take) {
        const expired = { expire: { lt: before } };
        const rows = await db.rateLimit.findMany({ where: expired, select: { key: true }, take });
        const keys = rows.map(({ key }) => key);
        return removed(keys, () => db.rateLimit.deleteMany({ where: { ...expired, key: { in: keys } } }));
    },
};
async function removed(ids, remove) {
    if (ids.length === 0)
        return { found: 0, count: 0 };
    const { count } = await remove();
    return { found: ids.length, count };
}
async function removeAll(db, removeSome, batch) {
    let total = 0;
    for (;;) {
        const { found, count } = await transact(db, removeSome);
        total += count;
        if (found < batch)
            return total;
    }
}
//# sourceMappingURL=purge.js.map