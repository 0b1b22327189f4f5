// What follows when a person has shown that a mail to their address reaches them. Both acts hold only while they still
// have that address and are not disabled: the statement that changes them says so.
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Db } from '../../storage/database.ts';
import { type NoticeDeps, tellOfChange } from './credential-notice.ts';
import * as store from './user-store.ts';

/** Who has shown it, and of which address. */
export interface AddressProof {
  user: store.User;
  email: string;
}

/**
 * Sets the password, ends all sessions, grants, tokens and links of the person, and takes the address as verified.
 * @param tx the transaction in which the link was used up
 * @returns false, and nothing changed, when the person has another address or is disabled
 */
export async function replacePassword(
  tx: Db,
  deps: NoticeDeps,
  {
    user,
    email,
    password,
    facts,
  }: AddressProof & { password: store.KeptPassword; facts: RequestFacts },
): Promise<boolean> {
  const holder = { id: user.id, email };
  if (!(await store.updateHolder(tx, holder, password))) return false;

  await store.endAccess(tx, user.id);
  const { address } = facts;
  await tellOfChange(tx, deps, { userId: user.id, change: 'password-set', address });
  if (!user.emailVerified) await recordVerified(tx, deps, { userId: user.id, facts });
  await appendAuditEvent(tx, deps.clock.now(), {
    type: 'user.password_set',
    outcome: 'success',
    actor: { type: 'user', id: user.id },
    target: { type: 'user', id: user.id },
    request: facts,
    detail: { by: 'mailed_link' },
  });
  return true;
}

/** @returns false, and nothing changed, when the person has another address or is disabled */
export async function confirmAddress(
  tx: Db,
  deps: Pick<NoticeDeps, 'clock'>,
  { user, email, facts }: AddressProof & { facts: RequestFacts },
): Promise<boolean> {
  const holder = { id: user.id, email };
  if (!(await store.updateHolder(tx, holder))) return false;

  await recordVerified(tx, deps, { userId: user.id, facts });
  return true;
}

/**
 * For who signs in by it, whether it was verified before or not.
 * @returns false, and nothing changed, when the person has another address or is disabled
 */
export async function proveAddress(
  tx: Db,
  deps: Pick<NoticeDeps, 'clock'>,
  { user, email, facts }: AddressProof & { facts: RequestFacts },
): Promise<boolean> {
  const holder = { id: user.id, email };
  if (!(await store.updateHolder(tx, holder))) return false;

  if (!user.emailVerified) await recordVerified(tx, deps, { userId: user.id, facts });
  return true;
}

async function recordVerified(
  tx: Db,
  { clock }: Pick<NoticeDeps, 'clock'>,
  { userId, facts }: { userId: string; facts: RequestFacts },
): Promise<void> {
  await appendAuditEvent(tx, clock.now(), {
    type: 'user.email_verified',
    outcome: 'success',
    actor: { type: 'user', id: userId },
    target: { type: 'user', id: userId },
    request: facts,
  });
}
