import type { Db } from '../../storage/database.ts';

interface NewPicture {
  id: string;
  userId: string;
  image: Uint8Array<ArrayBuffer>;
  createdAt: Date;
}

/** In place of the one there was. Answers whether there is such a person. */
export async function put(tx: Db, { userId, ...picture }: NewPicture): Promise<boolean> {
  if (!(await touch(tx, userId))) return false;
  await tx.userProfile.upsert({ where: { userId }, create: { userId }, update: {} });
  await tx.userPicture.upsert({
    where: { userId },
    create: { userId, ...picture },
    update: picture,
    select: { id: true },
  });
  return true;
}

/** Answers whether there was one. */
export async function remove(tx: Db, userId: string): Promise<boolean> {
  const { count } = await tx.userPicture.deleteMany({ where: { userId } });
  if (count > 0) await touch(tx, userId);
  return count > 0;
}

/** The person's own row changes too, with the moment of its change; nobody deletes it before the transaction ends. */
async function touch(tx: Db, userId: string): Promise<boolean> {
  const { count } = await tx.user.updateMany({ where: { id: userId }, data: { hasProfile: true } });
  return count === 1;
}

/** Of a person who is not disabled. */
export function find(db: Db, id: string): Promise<{ image: Uint8Array } | null> {
  return db.userPicture.findFirst({
    where: { id, profile: { user: { disabledAt: null } } },
    select: { image: true },
  });
}
