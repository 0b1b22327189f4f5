// Counters by which nodes notice that what they cache has changed: a write bumps its topic in its own transaction,
// and every node reads all topics every few seconds.
import { afterCommit } from './after-commit.ts';
import type { Db } from './database.ts';

export const REVISION_TOPICS = ['clients', 'apis', 'keys'] as const;

export type RevisionTopic = (typeof REVISION_TOPICS)[number];

/** Call it in the transaction of the change, as its last statement: until commit, others that bump it wait. */
export async function bumpRevision(db: Db, topic: RevisionTopic): Promise<void> {
  await db.revision.upsert({
    where: { topic },
    create: { topic, number: 1 },
    update: { number: { increment: 1 } },
  });
  afterCommit(db, () => {
    ownChanges += 1;
  });
}

let ownChanges = 0;

/** Grows with every commit of this process that bumped a revision, so that its own caches need not wait for the next reading. */
export const ownRevisionChanges = (): number => ownChanges;

/** A topic that was never bumped is at 0. */
export async function readRevisions(db: Db): Promise<Record<RevisionTopic, number>> {
  const revisions = { clients: 0, apis: 0, keys: 0 };
  const rows = await db.revision.findMany();
  for (const topic of REVISION_TOPICS) {
    revisions[topic] = rows.find((row) => row.topic === topic)?.number ?? 0;
  }
  return revisions;
}
