// How many committed transactions of this process changed what nodes cache. The counters in the database tell other
// nodes in time; the node that made the change must not wait for that.

const bumped = new WeakSet<object>();
let commits = 0;

/** To be told of every transaction that bumps a revision. */
export function noteBump(tx: object): void {
  bumped.add(tx);
}

/** To be told of every transaction that has been committed. */
export function noteCommit(tx: object): void {
  if (bumped.has(tx)) commits += 1;
}

/** Grows with every commit of this process that bumped a revision. */
export const revisionCommits = (): number => commits;
