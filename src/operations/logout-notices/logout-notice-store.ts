import type { Db } from '../../storage/database.ts';

/** Some of one person's sessions; all of them without `uid`. */
export interface EndingSessions {
  userId: string;
  uid?: string | { not: string } | undefined;
}

/** What the sessions keep, as it is and stays until the end of the transaction. */
export async function lockSessions(
  tx: Db,
  { userId, uid }: EndingSessions,
): Promise<{ payload: unknown }[]> {
  const where = { userId, ...(uid !== undefined && { uid }) };
  const { count } = await tx.session.updateMany({ where, data: { version: { increment: 1 } } });
  return count === 0 ? [] : tx.session.findMany({ where, select: { payload: true } });
}

/** Of these clients, those that want to be told. */
export async function findListening(db: Db, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const where = { id: { in: [...ids] }, backchannelLogoutUri: { not: null }, disabledAt: null };
  const found = await db.client.findMany({ where, select: { id: true } });
  return new Set(found.map(({ id }) => id));
}

export interface NewNotice {
  userId: string;
  clientId: string;
  sid: string | undefined;
}

export async function insert(db: Db, notices: readonly NewNotice[]): Promise<void> {
  if (notices.length === 0) return;
  await db.logoutNotice.createMany({
    data: notices.map(({ sid, ...notice }) => ({ ...notice, sid: sid ?? null })),
  });
}

export type Notice = Awaited<ReturnType<typeof listDue>>[number];

/** Those whose turn it is, the longest waiting first. */
export function listDue(db: Db, now: Date, take: number) {
  return db.logoutNotice.findMany({
    where: { dueAt: { lte: now } },
    orderBy: { dueAt: 'asc' },
    take,
  });
}

/** A notice and the moment that marks whose it is. */
export type Claim = Pick<Notice, 'id' | 'dueAt'>;

/** Of several nodes that claim a notice as they found it, one gets it. */
export async function claim(db: Db, { id, dueAt }: Claim, until: Date): Promise<Claim | undefined> {
  const { count } = await db.logoutNotice.updateMany({
    where: { id, dueAt },
    data: { dueAt: until, attempts: { increment: 1 } },
  });
  return count === 1 ? { id, dueAt: until } : undefined;
}

/** Whoever's claim has gone to another changes nothing. */
export async function postpone(db: Db, { id, dueAt }: Claim, next: Date): Promise<void> {
  await db.logoutNotice.updateMany({ where: { id, dueAt }, data: { dueAt: next } });
}

export async function remove(db: Db, { id }: Pick<Notice, 'id'>): Promise<void> {
  await db.logoutNotice.deleteMany({ where: { id } });
}
