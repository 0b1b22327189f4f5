// What a person proves themselves with, for the sign-in alone.
import type { Db } from '../../storage/database.ts';
import { readLogin } from './user-profile.ts';
import { findBySignInName, replacePasswordHash, type User } from './user-store.ts';

export interface Credentials {
  user: User;
  passwordHash: string | null;
}

/** Of the person with this login or, if nobody has it, this email address, as somebody typed it. */
export async function findCredentials(
  { db }: { db: Db },
  name: string,
): Promise<Credentials | undefined> {
  const login = readLogin(name);
  const found = login === undefined ? null : await findBySignInName(db, login);
  if (!found) return undefined;

  const { passwordHash, ...user } = found;
  return { user, passwordHash };
}

/** The same password, hashed anew; without effect on a password that was set meanwhile. */
export async function renewHash(
  { db }: { db: Db },
  { user, passwordHash }: Credentials,
  renewed: string,
): Promise<void> {
  await replacePasswordHash(db, { id: user.id, passwordHash }, renewed);
}
