// The links that a change of the address was mailed with. Looking at one uses nothing up, since scanners of mail follow
// links; confirming is one conditional update, and whoever confirms last changes the address in the same transaction.
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { hashSecret } from '../../foundation/secrets.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { type Db, transact } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/database-errors.ts';
import { linkInvalid } from '../one-time-links/one-time-links.ts';
import { tellOfChange } from '../users/credential-notice.ts';
import { type EmailChangeDeps, record } from './email-change.ts';
import * as store from './email-change-store.ts';

/** A link that may be used at this moment. */
export interface OpenChange {
  change: store.ChangeWithPerson;
  side: store.Side;
  tokenHash: string;
}

/**
 * @throws DomainError `not-found` `link_invalid` when it was used or cancelled, has expired, or its person is no longer
 * as they were; `too-many` `rate_limited`
 */
export async function requireChange(
  deps: EmailChangeDeps,
  token: string,
  facts: RequestFacts,
): Promise<OpenChange> {
  deps.rateLimits.assertNotBlocked('oneTimeLinks', facts.address);
  const tokenHash = hashSecret(token);
  const change = await store.findByToken(deps.db, tokenHash, deps.clock.now());
  if (change && isStillFor(change)) {
    return { change, side: change.newTokenHash === tokenHash ? 'new' : 'old', tokenHash };
  }
  await deps.rateLimits.consume('oneTimeLinks', facts.address);
  await appendAuditEvent(deps.db, deps.clock.now(), {
    type: 'user.link_refused',
    outcome: 'refused',
    actor: { type: 'anonymous' },
    ...(change && { target: { type: 'user', id: change.userId } }),
    request: facts,
    detail: { purpose: 'email-change' },
  });
  throw linkInvalid();
}

/**
 * @returns whether the address has changed, or the other one is still to confirm
 * @throws DomainError `not-found` `link_invalid` when somebody else was first, or the person is no longer as they were;
 * `conflict` `email_unavailable`, and the change is over, when the new address is somebody else's
 */
export async function confirmEmailChange(
  deps: EmailChangeDeps,
  open: OpenChange,
  facts: RequestFacts,
): Promise<'changed' | 'waiting'> {
  const { userId } = open.change;
  try {
    return await transact(deps.db, async (tx) => {
      if (!(await store.confirm(tx, open, deps.clock.now()))) throw linkInvalid();
      const detail = { address: open.side };
      await record(tx, deps, { type: 'user.email_change_confirmed', userId, facts, detail });
      const change = await store.findOf(tx, userId, deps.clock.now());
      if (!change || !isConfirmed(change)) return 'waiting';

      await moveAccount(tx, deps, { change, user: open.change.user, facts });
      return 'changed';
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    await endRefused(deps, open, facts);
    const message = 'This address can’t be used. Nothing was changed.';
    throw new DomainError('conflict', 'email_unavailable', message, { cause: error });
  }
}

/** By the link in the mail to the old address. @throws DomainError `not-found` `link_invalid` */
export async function cancelByLink(
  deps: EmailChangeDeps,
  { change, side }: OpenChange,
  facts: RequestFacts,
): Promise<void> {
  if (side !== 'old') throw linkInvalid();
  await transact(deps.db, async (tx) => {
    if (!(await store.removeThis(tx, change))) throw linkInvalid();
    const { userId } = change;
    await record(tx, deps, { type: 'user.email_change_cancelled', userId, facts });
  });
}

const isConfirmed = ({ newConfirmedAt, oldTokenHash, oldConfirmedAt }: store.ChangeRow) =>
  newConfirmedAt !== null && (oldTokenHash === null || oldConfirmedAt !== null);

/** Who got a verified address meanwhile was not asked there, so that change is worth nothing. */
function isStillFor({ oldEmail, oldTokenHash, user }: store.ChangeWithPerson): boolean {
  const isAsItWas = user.email === oldEmail && user.emailVerified === (oldTokenHash !== null);
  return isAsItWas && user.disabledAt === null && user.deletionDueAt === null;
}

interface Act {
  change: store.ChangeRow;
  user: store.ChangeWithPerson['user'];
  facts: RequestFacts;
}

/** Who signs in with the address signs in with the new one. Sessions stay; what was mailed to the old address ends. */
async function moveAccount(tx: Db, deps: EmailChangeDeps, { change, user, facts }: Act) {
  const { userId, oldEmail, newEmail, oldTokenHash } = change;
  const from = { login: user.login, email: oldEmail, emailVerified: oldTokenHash !== null };
  const login = user.login === oldEmail ? newEmail : user.login;
  const to = { login, email: newEmail };
  if (!(await store.giveAddress(tx, userId, { from, to }))) throw linkInvalid();

  await store.remove(tx, userId);
  await store.endLinks(tx, userId);
  await record(tx, deps, { type: 'user.email_changed', userId, facts });
  if (oldEmail === null || oldTokenHash === null) return;
  const { address } = facts;
  await tellOfChange(tx, deps, { userId, change: 'email-changed', to: oldEmail, address });
}

async function endRefused(deps: EmailChangeDeps, { change }: OpenChange, facts: RequestFacts) {
  await transact(deps.db, async (tx) => {
    await store.removeThis(tx, change);
    const { userId } = change;
    await record(tx, deps, { type: 'user.email_change_refused', userId, facts });
  });
}
