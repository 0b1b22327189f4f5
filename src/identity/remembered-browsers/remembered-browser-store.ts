import type { Db } from '../../storage/database.ts';
import type { RememberedBrowser } from '../../storage/generated/sqlite/client.ts';

export type NewRow = Omit<RememberedBrowser, 'id'>;

export async function insert(db: Db, row: NewRow): Promise<void> {
  await db.rememberedBrowser.create({ data: row, select: { id: true } });
}

export interface Sighting {
  userId: string;
  tokenHashes: readonly string[];
  /** No longer than what is made from now on would be. */
  madeAfter: Date;
  at: Date;
  address: string;
}

/** Answers whether one of them is still good; the same statement says when it was. */
export async function markUsed(
  db: Db,
  { userId, tokenHashes, madeAfter, at, address }: Sighting,
): Promise<boolean> {
  const { count } = await db.rememberedBrowser.updateMany({
    where: {
      userId,
      tokenHash: { in: [...tokenHashes] },
      createdAt: { gt: madeAfter },
      expiresAt: { gt: at },
    },
    data: { lastUsedAt: at, address },
  });
  return count > 0;
}

export function listInForce(
  db: Db,
  { userId, madeAfter, at }: Pick<Sighting, 'userId' | 'madeAfter' | 'at'>,
): Promise<RememberedBrowser[]> {
  return db.rememberedBrowser.findMany({
    where: { userId, createdAt: { gt: madeAfter }, expiresAt: { gt: at } },
    orderBy: { lastUsedAt: 'desc' },
  });
}

/** One of a person's, or all. Answers how many there were. */
export async function remove(db: Db, which: { userId: string; id?: string }): Promise<number> {
  const { count } = await db.rememberedBrowser.deleteMany({ where: which });
  return count;
}
