import type { JWK } from 'jose';
import type { Db } from '../../storage/database.ts';
import type { Prisma } from '../../storage/generated/sqlite/client.ts';

export type KeyState = 'next' | 'current' | 'retired';

export interface SigningKeyRow {
  id: string;
  alg: string;
  state: string;
  publicJwk: unknown;
  sealedPrivateJwk: string;
  createdAt: Date;
  activatedAt: Date | null;
  retiredAt: Date | null;
}

export interface NewSigningKey {
  id: string;
  alg: string;
  state: KeyState;
  publicJwk: JWK;
  sealedPrivateJwk: string;
  createdAt: Date;
  activatedAt: Date | null;
}

export function listKeys(db: Db): Promise<SigningKeyRow[]> {
  return db.signingKey.findMany({ orderBy: [{ alg: 'asc' }, { createdAt: 'asc' }] });
}

export async function insertKey(db: Db, { publicJwk, ...key }: NewSigningKey): Promise<void> {
  const data = { ...key, publicJwk: publicJwk as Prisma.InputJsonObject };
  await db.signingKey.create({ data, select: { id: true } });
}

/** Answers whether the key was in the state it was to leave. */
export async function moveKey(
  db: Db,
  id: string,
  { from, to, at }: { from: KeyState; to: KeyState; at: Date },
): Promise<boolean> {
  const { count } = await db.signingKey.updateMany({
    where: { id, state: from },
    data: { state: to, ...(to === 'current' ? { activatedAt: at } : { retiredAt: at }) },
  });
  return count === 1;
}

/** Answers the ids of the keys it deleted. */
export async function deleteKeysRetiredBefore(db: Db, at: Date): Promise<string[]> {
  const where = { state: 'retired', retiredAt: { lt: at } };
  const ids = (await db.signingKey.findMany({ where, select: { id: true } })).map(({ id }) => id);
  const deleted: string[] = [];
  for (const id of ids) if (await deleteRetiredKey(db, id)) deleted.push(id);
  return deleted;
}

/** Answers whether there was a retired key of that id. */
export async function deleteRetiredKey(db: Db, id: string): Promise<boolean> {
  const { count } = await db.signingKey.deleteMany({ where: { id, state: 'retired' } });
  return count === 1;
}
