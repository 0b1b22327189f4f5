import type { Db } from '../../storage/database.ts';
import type { Authenticator } from '../../storage/generated/sqlite/client.ts';

export function findAuthenticator(db: Db, userId: string): Promise<Authenticator | null> {
  return db.authenticator.findUnique({ where: { userId } });
}

/** What a person has besides a password; one statement. */
export async function hasAny(db: Db, userId: string): Promise<boolean> {
  const found = await db.user.findFirst({
    where: { id: userId, OR: [{ authenticator: { isNot: null } }, { passkeys: { some: {} } }] },
    select: { id: true },
  });
  return found !== null;
}

/** Which kinds of them. */
export async function findKinds(
  db: Db,
  userId: string,
): Promise<{ authenticator: boolean; passkey: boolean }> {
  const found = await db.user.findUnique({
    where: { id: userId },
    select: {
      authenticator: { select: { userId: true } },
      passkeys: { select: { id: true }, take: 1 },
    },
  });
  return {
    authenticator: Boolean(found?.authenticator),
    passkey: (found?.passkeys.length ?? 0) > 0,
  };
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

export function countRecoveryCodes(db: Db, userId: string): Promise<number> {
  return db.recoveryCode.count({ where: { userId } });
}

/** Unless there is a second factor that they stand in for. */
export async function removeIdleRecoveryCodes(db: Db, userId: string): Promise<void> {
  await db.recoveryCode.deleteMany({
    where: { userId, user: { authenticator: null, passkeys: { none: {} } } },
  });
}

/** Answers whether the person had that code until now. */
export async function useRecoveryCode(db: Db, userId: string, codeHash: string): Promise<boolean> {
  const { count } = await db.recoveryCode.deleteMany({ where: { userId, codeHash } });
  return count === 1;
}

/** One that was set up from that moment on. */
export async function removeAuthenticatorSince(db: Db, userId: string, since: Date): Promise<void> {
  await db.authenticator.deleteMany({ where: { userId, createdAt: { gte: since } } });
}

/** Those made from a moment on; all of them without one. */
export async function removeRecoveryCodes(
  db: Db,
  userId: string,
  { since }: { since: Date | undefined },
): Promise<void> {
  await db.recoveryCode.deleteMany({
    where: { userId, ...(since && { createdAt: { gte: since } }) },
  });
}

/** Those added from that moment on. */
export async function removePasskeysSince(db: Db, userId: string, since: Date): Promise<void> {
  await db.passkey.deleteMany({ where: { userId, createdAt: { gte: since } } });
}

interface Removed {
  /** The app, if there was one. */
  former: Authenticator | undefined;
  /** How many there were. */
  passkeys: number;
}

/** Nothing when there was nothing to remove. */
export async function removeAll(tx: Db, userId: string): Promise<Removed | undefined> {
  const former = await takeAuthenticator(tx, userId);
  const passkeys = await tx.passkey.deleteMany({ where: { userId } });
  const codes = await tx.recoveryCode.deleteMany({ where: { userId } });
  const isAny = former !== undefined || passkeys.count + codes.count > 0;
  return isAny ? { former, passkeys: passkeys.count } : undefined;
}

/** Waits for its turn at the factors of the person, until the end of the transaction. */
export async function lockFactors(tx: Db, userId: string): Promise<void> {
  await tx.authenticator.updateMany({ where: { userId }, data: { lastStep: { increment: 0 } } });
  await tx.passkey.updateMany({ where: { userId }, data: { counter: { increment: 0 } } });
}

/** It is gone then; of two who take it, one gets it. */
export async function takeAuthenticator(
  tx: Db,
  userId: string,
): Promise<Authenticator | undefined> {
  const found = await findAuthenticator(tx, userId);
  if (!found) return undefined;
  const { sealedSeed } = found;
  const { count } = await tx.authenticator.deleteMany({ where: { userId, sealedSeed } });
  return count === 1 ? found : undefined;
}
