// What undoing a change does to the second factor: what was added since is gone, what was taken away is back.
import type { Db } from '../../storage/database.ts';
import type { FormerAuthenticator } from '../one-time-links/undo-links.ts';
import * as store from './second-factor-store.ts';
import { stepAt } from './totp-code.ts';

interface Undo {
  userId: string;
  /** The moment of the first change that is undone. */
  since: Date;
  changes: readonly string[];
  former: FormerAuthenticator | undefined;
  now: Date;
}

/**
 * Whoever used a recovery code that was not theirs to use has the others too, so all of them go. New ones are for the
 * person to make; an app that comes back counts from its next code on.
 */
export async function undoFactorChanges(
  tx: Db,
  { userId, since, changes, former, now }: Undo,
): Promise<void> {
  await store.removeAuthenticatorSince(tx, userId, since);
  await store.removePasskeysSince(tx, userId, since);
  await store.removeRecoveryCodes(tx, userId, {
    since: changes.includes('recovery-code-used') ? undefined : since,
  });
  if (!former || (await store.findAuthenticator(tx, userId))) return;
  await store.insertAuthenticator(tx, { userId, ...former, lastStep: stepAt(now) });
}
