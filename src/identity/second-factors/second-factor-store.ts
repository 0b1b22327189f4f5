import type { Db } from '../../storage/database.ts';
import type { Authenticator } from '../../storage/generated/sqlite/client.ts';

export function findAuthenticator(db: Db, userId: string): Promise<Authenticator | null> {
  return db.authenticator.findUnique({ where: { userId } });
}

/** @throws the database's error when the person has one already */
export async function insertAuthenticator(db: Db, authenticator: Authenticator): Promise<void> {
  await db.authenticator.create({ data: authenticator, select: { userId: true } });
}

/** Uses up a code: answers false when it, or a newer one of the same seed, was used before. */
export async function raiseStep(
  db: Db,
  { userId, sealedSeed }: Pick<Authenticator, 'userId' | 'sealedSeed'>,
  step: number,
): Promise<boolean> {
  const { count } = await db.authenticator.updateMany({
    where: { userId, sealedSeed, lastStep: { lt: step } },
    data: { lastStep: step },
  });
  return count === 1;
}

/** In place of those there were. */
export async function replaceRecoveryCodes(
  db: Db,
  userId: string,
  { hashes, at }: { hashes: readonly string[]; at: Date },
): Promise<void> {
  await db.recoveryCode.deleteMany({ where: { userId } });
  await db.recoveryCode.createMany({
    data: hashes.map((codeHash) => ({ codeHash, userId, createdAt: at })),
  });
}

/** Answers whether the person had that code until now. */
export async function useRecoveryCode(db: Db, userId: string, codeHash: string): Promise<boolean> {
  const { count } = await db.recoveryCode.deleteMany({ where: { userId, codeHash } });
  return count === 1;
}

/** Answers whether there was anything to remove. */
export async function removeAll(db: Db, userId: string): Promise<boolean> {
  const { count } = await db.authenticator.deleteMany({ where: { userId } });
  const codes = await db.recoveryCode.deleteMany({ where: { userId } });
  return count + codes.count > 0;
}
