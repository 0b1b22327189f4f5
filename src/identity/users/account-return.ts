// An account goes back to the holder of an address that it had: nobody else is in it, and nobody has a password for it.
import type { Db } from '../../storage/database.ts';
import * as store from './account-return-store.ts';
import { cancelDeletion } from './deletion-store.ts';
import { endAccess, type User } from './user-store.ts';

interface Return {
  user: User;
  /** Mail to it has just been shown to reach whoever asks. */
  email: string;
  /** From which moment on somebody else may have been in it. */
  since: Date;
}

export interface Returned {
  /** The address that the account has now. */
  email: string | null;
  /** Whether it was about to be deleted, which it is no longer. */
  wasLeaving: boolean;
}

/**
 * Takes the password away, gives the address back, and with it the login where that is the address, ends all sessions, grants,
 * tokens and links, takes back what applications were allowed since, and keeps the account where it was about to be
 * deleted. Where somebody else has that address by now, the account is left without one.
 * @returns undefined, and nothing changed, when the person is disabled or gone
 * @throws the database's error when somebody takes the address at this moment
 */
export async function returnAccount(
  tx: Db,
  { user, email, since }: Return,
): Promise<Returned | undefined> {
  const { id } = user;
  const { asEmail, asLogin } = await store.findUsesByOthers(tx, { userId: id, name: email });
  const isOwnLogin = user.email !== null && user.login === user.email;
  const before = {
    email: asEmail ? null : email,
    emailVerified: !asEmail,
    ...(isOwnLogin && !asEmail && !asLogin && { login: email }),
  };
  if (!(await store.setBack(tx, id, before))) return undefined;

  await endAccess(tx, id);
  await store.removeConsentsSince(tx, id, since);
  return { email: before.email, wasLeaving: await cancelDeletion(tx, id) };
}
