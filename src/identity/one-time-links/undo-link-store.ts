import type { Db } from '../../storage/database.ts';
import type { UndoLink, User } from '../../storage/generated/sqlite/client.ts';

export type NewUndoLink = Omit<UndoLink, 'id'>;

export type UndoLinkRow = UndoLink & { user: Omit<User, 'passwordHash'> };

export async function insertUndoLink(db: Db, link: NewUndoLink): Promise<void> {
  await db.undoLink.create({ data: link, select: { id: true } });
}

interface Open {
  tokenHash: string;
  now: Date;
}

/** While its person is not disabled. */
export function findUndoLink(db: Db, { tokenHash, now }: Open): Promise<UndoLinkRow | null> {
  return db.undoLink.findFirst({
    where: { tokenHash, expiresAt: { gt: now }, user: { disabledAt: null } },
    include: { user: { omit: { passwordHash: true } } },
  });
}

/** Of many who use it up, one is answered that it did. */
export async function removeUndoLink(db: Db, { tokenHash, now }: Open): Promise<boolean> {
  const { count } = await db.undoLink.deleteMany({
    where: { tokenHash, expiresAt: { gt: now } },
  });
  return count === 1;
}

interface Since {
  userId: string;
  since: Date;
}

/** In the order in which they were made; they are gone then. */
export async function takeUndoLinksSince(tx: Db, { userId, since }: Since): Promise<UndoLink[]> {
  const where = { userId, createdAt: { gte: since } };
  const links = await tx.undoLink.findMany({
    where,
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  await tx.undoLink.deleteMany({ where });
  return links;
}
