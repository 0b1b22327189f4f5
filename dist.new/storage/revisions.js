export const REVISION_TOPICS = ['clients', 'apis', 'keys'];
/** Call it in the transaction of the change, as its last statement: until commit, others that bump it wait. */
export async function bumpRevision(db, topic) {
    await db.revision.upsert({
        where: { topic },
        create: { topic, number: 1 },
        update: { number: { increment: 1 } },
    });
}
/** A topic that was never bumped is at 0. */
export async function readRevisions(db) {
    const revisions = { clients: 0, apis: 0, keys: 0 };
    const rows = await db.revision.findMany();
    for (const topic of REVISION_TOPICS) {
        revisions[topic] = rows.find((row) => row.topic === topic)?.number ?? 0;
    }
    return revisions;
}
//# sourceMappingURL=revisions.js.map