// What is to follow a transaction once it is certain: a mail is sent for what happened, never for what was rolled back.

const followers = new WeakMap<object, (() => void)[]>();

/**
 * Runs the act when the transaction is committed, and never when it is rolled back. Outside of a transaction what was
 * written is certain already, and the act runs at once.
 * @param db a `Db`: the transaction, or the database itself
 * @param act quick, and without a failure: what takes long it only sets going
 */
export function afterCommit(db: object, act: () => void): void {
  const waiting = followers.get(db);
  if (waiting) waiting.push(act);
  else act();
}

/** For the one place that opens transactions: from here on, acts wait for its commit. */
export function awaitCommit(tx: object): void {
  followers.set(tx, []);
}

/** The transaction is committed: now they run. */
export function followCommit(tx: object): void {
  for (const act of followers.get(tx) ?? []) act();
  followers.delete(tx);
}
