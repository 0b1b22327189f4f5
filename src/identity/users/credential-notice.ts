// Tells a person that the ways they sign in have changed, by a mail with a link that undoes it: whoever did not do it
// learns so, and can help themselves. The one doorway for every such change. The mail never holds what was changed.
import type { Clock } from '../../foundation/clock.ts';
import type { CredentialChange } from '../../operations/mail/mail-kinds.ts';
import type { Outbox } from '../../operations/mail/outbox.ts';
import { currentRequest } from '../../operations/request-scope.ts';
import type { Db } from '../../storage/database.ts';
import { type FormerAuthenticator, issueUndoLink } from '../one-time-links/undo-links.ts';
import { find } from './user-store.ts';

export interface NoticeDeps {
  clock: Clock;
  mail: Pick<Outbox, 'available' | 'queue'>;
}

export interface CredentialNotice {
  userId: string;
  change: CredentialChange;
  /** The address that the person had before, where that is what changed; without it, theirs. */
  to?: string | undefined;
  /** Where the request came from; without it, the one that is being answered, or none when an operator did it. */
  address?: string | undefined;
  /** What was taken away and comes back when it is undone. */
  former?: FormerAuthenticator | undefined;
}

/**
 * Call it in the transaction of the change, after it. Where no mail is sent, none is kept for later: it would alarm too
 * late.
 */
export async function tellOfChange(
  tx: Db,
  deps: NoticeDeps,
  { userId, change, to, former, address = currentRequest()?.address }: CredentialNotice,
): Promise<void> {
  if (!deps.mail.available) return;
  const email = to ?? (await find(tx, userId))?.email;
  if (!email) return;

  const { token, expiresAt } = await issueUndoLink(tx, deps, { userId, change, email, former });
  await deps.mail.queue(tx, {
    kind: 'credential-changed',
    to: email,
    userId,
    data: {
      change,
      at: deps.clock.now(),
      undo: { path: `/undo/${token}`, until: expiresAt },
      ...(address && { from: { address } }),
    },
  });
}
