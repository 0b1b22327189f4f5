// "This was not me": whoever holds the address that a change was told to takes the account back. A change that was not
// theirs was made by somebody who had their password, or their session, so all of it goes, not that change alone. What
// the link proves is what the link for a forgotten password proves; a second factor of before the change stays.
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { type Db, transact } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/database-errors.ts';
import { issueLink, type LinkDeps, linkInvalid } from '../one-time-links/one-time-links.ts';
import { type OpenUndoLink, spendUndoLink, type Undone } from '../one-time-links/undo-links.ts';
import { RESET_LINK_SECONDS } from '../recovery/recovery.ts';
import { undoFactorChanges } from '../second-factors/factor-undo.ts';
import { returnAccount, type Returned } from '../users/account-return.ts';

/** The rows of one act are not of one moment. */
const SAME_ACT_MILLISECONDS = 2000;

export interface Undoing extends Undone {
  userId: string;
  /** What was added from this moment on goes. */
  since: Date;
  now: Date;
}

/** What goes beside password, address and access: one for each kind of thing that a person signs in with. */
const PARTS: readonly ((tx: Db, undoing: Undoing) => Promise<void>)[] = [undoFactorChanges];

/**
 * Ends all sessions, grants and links, takes the password away, gives the address back, removes the factors added since,
 * and uses the link up, all or nothing.
 * @returns the token of a link for a new password; undefined when somebody else has the address by now
 * @throws DomainError `not-found` `link_invalid`
 */
export async function undoChange(
  deps: LinkDeps,
  link: OpenUndoLink,
  request: RequestFacts,
): Promise<string | undefined> {
  const undo = () => transact(deps.db, (tx) => undoWithin(tx, deps, { link, request }));
  try {
    return await undo();
  } catch (error) {
    // Somebody took the address at this moment: the second time, that is known.
    if (isUniqueViolation(error)) return undo();
    throw error;
  }
}

interface Undo {
  link: OpenUndoLink;
  request: RequestFacts;
}

async function undoWithin(
  tx: Db,
  deps: LinkDeps,
  { link, request }: Undo,
): Promise<string | undefined> {
  const { userId, user, email } = link;
  const now = deps.clock.now();
  const undone = await spendUndoLink(tx, link, now);
  const since = new Date(link.createdAt.getTime() - SAME_ACT_MILLISECONDS);
  const returned = await returnAccount(tx, { user, email, since });
  if (!returned) throw linkInvalid();

  for (const undo of PARTS) await undo(tx, { ...undone, userId, since, now });
  await record(tx, now, { link, request, returned });
  return returned.email === null ? undefined : resetToken(tx, deps, { userId, email });
}

async function record(
  tx: Db,
  now: Date,
  { link, request, returned }: Undo & { returned: Returned },
): Promise<void> {
  const { userId: id, user, email, change } = link;
  const about = {
    outcome: 'success',
    actor: { type: 'user', id },
    target: { type: 'user', id },
    request,
  } as const;
  await appendAuditEvent(tx, now, {
    type: 'credential.change_undone',
    ...about,
    detail: { change, addressReturned: returned.email !== null && user.email !== email },
  });
  if (returned.wasLeaving)
    await appendAuditEvent(tx, now, { type: 'user.deletion_cancelled', ...about });
}

async function resetToken(
  tx: Db,
  deps: LinkDeps,
  person: { userId: string; email: string },
): Promise<string> {
  const request = { ...person, purpose: 'reset-password', seconds: RESET_LINK_SECONDS } as const;
  return (await issueLink(tx, deps, request)).token;
}
