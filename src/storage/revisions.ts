// Counters by which nodes notice that what they cache has changed: a write bumps its topic in its own transaction,
// and every node reads all topics every few seconds.
import type { Db } from './database.ts';
import { noteBump } from './revision-commits.ts';

export const REVISION_TOPICS = ['clients', 'apis', 'keys'] as const;

export type RevisionTopic = (typeof REVISION_TOPICS)[number];

/** Call it in the transaction of the change, as its last statement: until commit, others that bump it wait. */
export async function bumpRevision(db: Db, topic: RevisionTopic): Promise<void> {
  noteBump(db);
  await db.revision.upsert({
    where: { topic },
    create: { topic, number: 1 },
    update: { number: { increment: 1 } },
  });
}

/** A topic that was never bumped is at 0. */
export async function readRevisions(db: Db): Promise<Record<RevisionTopic, number>> {
  const revisions = { clients: 0, apis: 0, keys: 0 };
  const rows = await db.revision.findMany();
  for (const topic of REVISION_TOPICS) {
    revisions[topic] = rows.find((row) => row.topic === topic)?.number ?? 0;
  }
  return revisions;
}
