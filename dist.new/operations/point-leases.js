// Points of a rate limit that a node took in advance and spends without asking the database.
const MOST_KEYS = 10_000;
/**
 * @param take takes points of a key for good, and answers until when they may be spent (epoch milliseconds); it
 * rejects when there are none
 * @param size points to take at a time
 * @returns spends one point of a key
 */
export function createLeases(take, size) {
    const leases = new Map();
    async function refill(key, lease) {
        try {
            lease.untilMs = await take(key, size);
            lease.left = size;
        }
        finally {
            delete lease.taking;
        }
    }
    return async function spend(key) {
        const lease = leases.get(key) ?? remember(leases, key);
        while (lease.left === 0 || lease.untilMs <= Date.now()) {
            lease.taking ??= refill(key, lease);
            await lease.taking;
        }
        lease.left -= 1;
    };
}
function remember(leases, key) {
    if (leases.size >= MOST_KEYS)
        forget(leases);
    const lease = { left: 0, untilMs: 0 };
    leases.set(key, lease);
    return lease;
}
// What is over first; if nothing is, the oldest: its points are lost, which only makes the limit stricter.
function forget(leases) {
    const now = Date.now();
    for (const [key, { untilMs, taking }] of leases) {
        if (untilMs <= now && !taking)
            leases.delete(key);
    }
    for (const key of leases.keys()) {
        if (leases.size < MOST_KEYS)
            return;
        leases.delete(key);
    }
}
//# sourceMappingURL=point-leases.js.map