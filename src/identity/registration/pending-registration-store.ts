import type { Db } from '../../storage/database.ts';
import type { PendingRegistration } from '../../storage/generated/sqlite/client.ts';

export type PendingRow = PendingRegistration;

export type NewPendingRow = Omit<PendingRow, 'id' | 'attempts' | 'confirmedAt' | 'userId'>;

/** Answers its id. */
export async function insert(db: Db, row: NewPendingRow): Promise<string> {
  const { id } = await db.pendingRegistration.create({ data: row, select: { id: true } });
  return id;
}

type Renewal = Pick<PendingRow, 'tokenHash' | 'codeHash' | 'expiresAt'>;

/** For another mail; what was mailed before is worth nothing then. */
export async function renew(db: Db, id: string, renewal: Renewal): Promise<void> {
  await db.pendingRegistration.updateMany({
    where: { id, confirmedAt: null },
    data: { ...renewal, attempts: 0 },
  });
}

interface Begun {
  id: string;
  browserMark: string;
}

/** Of this browser alone. */
export function find(db: Db, { id, browserMark }: Begun, now: Date): Promise<PendingRow | null> {
  return db.pendingRegistration.findFirst({
    where: { id, browserMark, expiresAt: { gt: now } },
  });
}

export function findByToken(db: Db, tokenHash: string, now: Date): Promise<PendingRow | null> {
  return db.pendingRegistration.findFirst({ where: { tokenHash, expiresAt: { gt: now } } });
}

/** Answers whether there was an attempt left. */
export async function countAttempt(db: Db, id: string, most: number): Promise<boolean> {
  const { count } = await db.pendingRegistration.updateMany({
    where: { id, confirmedAt: null, attempts: { lt: most } },
    data: { attempts: { increment: 1 } },
  });
  return count === 1;
}

/** Of many who confirm it, one is answered that it was them. */
export async function confirm(db: Db, id: string, at: Date): Promise<boolean> {
  const { count } = await db.pendingRegistration.updateMany({
    where: { id, confirmedAt: null, expiresAt: { gt: at } },
    data: { confirmedAt: at },
  });
  return count === 1;
}

/** Whose it became; whatever else was begun with the address ends, an invitation too. */
export async function settle(
  db: Db,
  { id, email, userId }: { id: string; email: string; userId: string },
): Promise<void> {
  await db.pendingRegistration.update({
    where: { id },
    data: { userId, passwordHash: null },
    select: { id: true },
  });
  await db.pendingRegistration.deleteMany({ where: { email, id: { not: id } } });
  await db.invitation.deleteMany({ where: { email } });
}

/** Answers whether it was there for this browser to go on with: that is so once. */
export async function removeConfirmed(db: Db, { id, browserMark }: Begun): Promise<boolean> {
  const { count } = await db.pendingRegistration.deleteMany({
    where: { id, browserMark, userId: { not: null } },
  });
  return count === 1;
}
