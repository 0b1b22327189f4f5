// What a person proves themselves with, for the sign-in alone.
import type { Config } from '../../config.ts';
import { type Db, engineOf } from '../../storage/database.ts';
import { readLogin } from './user-profile.ts';
import { findBySignInName, holdCredentials, replacePasswordHash, type User } from './user-store.ts';

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

export async function hasPassword({ db }: { db: Db }, { login }: User): Promise<boolean> {
  return typeof (await findCredentials({ db }, login))?.passwordHash === 'string';
}

/** The same password, hashed anew; without effect on a password that was set meanwhile. */
export async function renewHash(
  { db }: { db: Db },
  { user, passwordHash }: Credentials,
  renewed: string,
): Promise<void> {
  await replacePasswordHash(db, { id: user.id, passwordHash }, renewed);
}

/**
 * Whether nobody has set another password since the person was read, nor disabled them; it stays so until the
 * transaction ends. Between the look at a password and what follows from it, a reset may have ended everything.
 */
export function isPasswordStill(
  { db, config }: { db: Db; config: Pick<Config, 'databaseUrl'> },
  { id, credentialsVersion: version }: Pick<User, 'id' | 'credentialsVersion'>,
): Promise<boolean> {
  return holdCredentials({ db, engine: engineOf(config) }, { id, version });
}
