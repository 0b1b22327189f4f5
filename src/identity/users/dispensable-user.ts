// Who cannot be deleted, since others depend on them.
import { listOwned } from '../../authorization/ownership/ownership.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { Db } from '../../storage/database.ts';
import * as deletion from './deletion-store.ts';
import type { User } from './user-store.ts';

/**
 * Call it in the transaction of the act: of two administrators who leave at the same moment, one is the last.
 * @throws DomainError `conflict` `user_owns` or `last_administrator`
 */
export async function assertDispensable(tx: Db, user: User): Promise<void> {
  const owned = await listOwned(tx, user.id);
  if (owned.length > 0) throw userOwns(owned);
  await assertOtherAdministrator(tx, user);
}

/** @throws DomainError `conflict` `last_administrator` */
export async function assertOtherAdministrator(tx: Db, user: User): Promise<void> {
  if (!user.administrator) return;
  await deletion.holdAdministrators(tx);
  if ((await deletion.countOtherAdministrators(tx, user.id)) > 0) return;
  const message = 'This is the last administrator. Make somebody else one first.';
  throw new DomainError('conflict', 'last_administrator', message);
}

/** @param owned the names of the clients and APIs that need another owner first */
export function userOwns(names: readonly string[], cause?: unknown): DomainError {
  const owned = names.join(', ');
  const message = `This person answers for ${owned}. Give them another owner or delete them first.`;
  return new DomainError('conflict', 'user_owns', message, { cause, values: { owned } });
}
