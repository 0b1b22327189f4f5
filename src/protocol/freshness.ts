// Whether what this node has cached is still true. Any node, and the command line, may change clients
// and keys; each change bumps a counter in its own transaction, and every request that relies on a
// cache first makes sure that the counters were read in the last quarter of a second, and after every
// change that this node made itself.
import type { Clock } from '../foundation/clock.ts';
import type { Database } from '../storage/database.ts';
import { ownRevisionChanges, readRevisions } from '../storage/revisions.ts';

export const FRESH_MILLISECONDS = 250;

type Topic = 'clients' | 'apis' | 'keys';

export interface Freshness {
  /** Reads the counters unless that was done just now, and calls who listens for what has grown. */
  ensure(): Promise<void>;
  /** Whether `ensure` has nothing to do. */
  isFresh(): boolean;
  /** Reads them now. */
  refresh(): Promise<void>;
  on(topic: Topic, changed: () => Promise<void> | void): void;
}

export function createFreshness({ db, clock }: { db: Database; clock: Clock }): Freshness {
  const listeners: [Topic, () => Promise<void> | void][] = [];
  let known: Partial<Record<Topic, number>> = {};
  let readAt = Number.NEGATIVE_INFINITY;
  /** Of this node's own changes, those that the counters were read after. */
  let seen = -1;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    const startedAt = clock.now().getTime();
    const own = ownRevisionChanges();
    const revisions = await readRevisions(db);
    const changed = listeners.filter(([topic]) => revisions[topic] !== known[topic]);
    for (const [, listener] of changed) await listener();
    known = revisions;
    readAt = startedAt;
    seen = own;
  }

  function refresh(): Promise<void> {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  const isFresh = () =>
    seen === ownRevisionChanges() && clock.now().getTime() - readAt < FRESH_MILLISECONDS;

  return {
    refresh,
    isFresh,
    async ensure() {
      if (isFresh()) return;
      await refresh();
      // A reading that was under way may have begun before a change of this node's own.
      if (seen !== ownRevisionChanges()) await refresh();
    },
    on(topic, changed) {
      listeners.push([topic, changed]);
    },
  };
}
