// An account goes back to the holder of an address that it had: nobody else is in it, and nobody has a password for it.
import type { Db } from '../../storage/database.ts';
import * as store from './account-return-store.ts';
import { endAccess, type User } from './user-store.ts';

interface Return {
  user: User;
  /** Mail to it has just been shown to reach whoever asks. */
  email: string;
}

/**
 * Takes the password away, gives the address back, and with it the login where that is the address, and ends all sessions,
 * grants, tokens and links. Where somebody else has that address by now, the account is left without one.
 * @returns the address that it has then; undefined, and nothing changed, when the person is disabled or gone
 * @throws the database's error when somebody takes the address at this moment
 */
export async function returnAccount(
  tx: Db,
  { user, email }: Return,
): Promise<{ email: string | null } | undefined> {
  const { asEmail, asLogin } = await store.findUsesByOthers(tx, { userId: user.id, name: email });
  const isOwnLogin = user.email !== null && user.login === user.email;
  const before = {
    email: asEmail ? null : email,
    emailVerified: !asEmail,
    ...(isOwnLogin && !asEmail && !asLogin && { login: email }),
  };
  if (!(await store.setBack(tx, user.id, before))) return undefined;

  await endAccess(tx, user.id);
  return { email: before.email };
}
