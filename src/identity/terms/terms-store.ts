import type { Db } from '../../storage/database.ts';
import type { TermsAcceptance } from '../../storage/generated/sqlite/client.ts';

/** @throws the database's error when the person has accepted this version before */
export async function insertAcceptance(db: Db, acceptance: TermsAcceptance): Promise<void> {
  await db.termsAcceptance.create({ data: acceptance, select: { userId: true } });
}

export async function isAccepted(
  db: Db,
  { userId, version }: Pick<TermsAcceptance, 'userId' | 'version'>,
): Promise<boolean> {
  const where = { userId_version: { userId, version } };
  return (await db.termsAcceptance.findUnique({ where, select: { version: true } })) !== null;
}

/** The newest first. */
export function listOfUser(db: Db, userId: string): Promise<TermsAcceptance[]> {
  return db.termsAcceptance.findMany({ where: { userId }, orderBy: { acceptedAt: 'desc' } });
}
