import type { Db } from '../../storage/database.ts';
import type { UserProfile } from '../../storage/generated/sqlite/client.ts';
import type { Details } from './standard-claims.ts';

export type ProfileRow = UserProfile & { picture: { id: string } | null };

const include = { picture: { select: { id: true } } } as const;

export function find(db: Db, userId: string): Promise<ProfileRow | null> {
  return db.userProfile.findUnique({ where: { userId }, include });
}

/**
 * The person's own row changes too, with the moment of its change; nobody deletes it before the transaction ends. Answers
 * whether there is such a person.
 */
export async function put(db: Db, userId: string, details: Partial<Details>): Promise<boolean> {
  const data = { hasProfile: true };
  if ((await db.user.updateMany({ where: { id: userId }, data })).count === 0) return false;
  await db.userProfile.upsert({
    where: { userId },
    create: { userId, ...details },
    update: details,
    select: { userId: true },
  });
  return true;
}
