import type { Db } from '../../storage/database.ts';
import type { Invitation } from '../../storage/generated/sqlite/client.ts';

export type InvitationRow = Invitation;

/** In place of an older one to the same address. */
export async function put(db: Db, invitation: Omit<InvitationRow, 'id'>): Promise<void> {
  const { email } = invitation;
  await db.invitation.upsert({
    where: { email },
    create: invitation,
    update: invitation,
    select: { id: true },
  });
}

/** Those that work, the oldest first. */
export function list(db: Db, now: Date): Promise<Omit<InvitationRow, 'tokenHash'>[]> {
  return db.invitation.findMany({
    where: { expiresAt: { gt: now } },
    orderBy: { createdAt: 'asc' },
    omit: { tokenHash: true },
  });
}

export function findByToken(db: Db, tokenHash: string, now: Date): Promise<InvitationRow | null> {
  return db.invitation.findFirst({ where: { tokenHash, expiresAt: { gt: now } } });
}

/** Of many who use it, one is answered that it was there. */
export async function removeByToken(db: Db, tokenHash: string, now: Date): Promise<boolean> {
  const { count } = await db.invitation.deleteMany({
    where: { tokenHash, expiresAt: { gt: now } },
  });
  return count === 1;
}

/** Answers whether there was one that worked. */
export async function removeByEmail(db: Db, email: string, now: Date): Promise<boolean> {
  const { count } = await db.invitation.deleteMany({ where: { email, expiresAt: { gt: now } } });
  return count === 1;
}

/** Nobody needs them any more: the address has an account. */
export async function removePending(db: Db, email: string): Promise<void> {
  await db.pendingRegistration.deleteMany({ where: { email } });
}
