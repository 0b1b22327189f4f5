// A person has to choose another password before they go on: who requires it, and how it is done by somebody who has
// just proved who they are.
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { currentRequest } from '../../operations/request-scope.ts';
import { type Database, transact } from '../../storage/database.ts';
import { passwordUseOf } from '../second-factors/second-factors.ts';
import { findCredentials } from './credentials.ts';
import { type KeptAccess, requirePasswordChange } from './user-store.ts';
import { type PasswordDeps, setPassword, type User } from './users.ts';

/**
 * The password that was typed is one that attackers try: what they know is no secret (SP 800-63B-4 §3.1.1.2).
 * @returns the person as they are now
 */
export async function requireOtherThanListed(
  { db, clock }: { db: Database; clock: Clock },
  user: User,
): Promise<User> {
  const { id } = user;
  const at = clock.now();
  await transact(db, async (tx) => {
    if (!(await requirePasswordChange(tx, id, at))) return;
    await appendAuditEvent(tx, at, {
      type: 'user.password_change_required',
      outcome: 'success',
      actor: { type: 'system' },
      target: { type: 'user', id },
      request: currentRequest(),
      detail: { reason: 'listed' },
    });
  });
  return { ...user, passwordChangeRequiredAt: user.passwordChangeRequiredAt ?? at };
}

interface OtherPassword {
  user: Pick<User, 'id' | 'login'>;
  password: string;
  /** What does not end with the old one. */
  keep: KeptAccess;
}

/**
 * @throws DomainError `invalid` `password_unchanged` for the one that it is to replace; `conflict` `password_changed`
 * when another change was first; those of setPassword
 */
export async function chooseOtherPassword(
  deps: PasswordDeps,
  { user: { id, login }, password, keep }: OtherPassword,
): Promise<void> {
  const credentials = await findCredentials(deps, login);
  const replaced = credentials?.passwordHash ?? null;
  if (await deps.passwordHashing.verify(replaced, password)) throw unchanged();

  const use = await passwordUseOf(deps, id);
  await setPassword(deps, { userId: id, password, keep, replaced, use }, { type: 'user', id });
}

function unchanged(): DomainError {
  const message = 'This is the password you have. Choose another.';
  return new DomainError('invalid', 'password_unchanged', message);
}
