import { readRevisions } from '../storage/revisions.js';
export const FRESH_MILLISECONDS = 250;
export function createFreshness({ db, clock }) {
    const listeners = [];
    let known = {};
    let readAt = Number.NEGATIVE_INFINITY;
    let reading;
    async function read() {
        const startedAt = clock.now().getTime();
        const revisions = await readRevisions(db);
        const changed = listeners.filter(([topic]) => revisions[topic] !== known[topic]);
        for (const [, listener] of changed)
            await listener();
        known = revisions;
        readAt = startedAt;
    }
    function refresh() {
        reading ??= read().finally(() => {
            reading = undefined;
        });
        return reading;
    }
    return {
        refresh,
        async ensure() {
            if (clock.now().getTime() - readAt >= FRESH_MILLISECONDS)
                await refresh();
        },
        on(topic, changed) {
            listeners.push([topic, changed]);
        },
    };
}
//# sourceMappingURL=freshness.js.map