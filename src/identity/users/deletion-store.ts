import type { Db } from '../../storage/database.ts';

/** Answers whether there was such a user whose deletion was not scheduled. A sign-in under way notices by the version. */
export async function scheduleDeletion(db: Db, id: string, dueAt: Date): Promise<boolean> {
  const { count } = await db.user.updateMany({
    where: { id, deletionDueAt: null },
    data: { deletionDueAt: dueAt, credentialsVersion: { increment: 1 } },
  });
  return count === 1;
}

/** Answers whether there was such a user whose deletion was scheduled. */
export async function cancelDeletion(db: Db, id: string): Promise<boolean> {
  const where = { id, deletionDueAt: { not: null } };
  return (await db.user.updateMany({ where, data: { deletionDueAt: null } })).count === 1;
}

/** The ids of those who are due, in their order, after that one. */
export async function listDue(
  db: Db,
  { now, after, take }: { now: Date; after: string; take: number },
): Promise<string[]> {
  const where = { deletionDueAt: { lte: now }, id: { gt: after } };
  const found = await db.user.findMany({
    where,
    orderBy: { id: 'asc' },
    take,
    select: { id: true },
  });
  return found.map(({ id }) => id);
}

/** Answers whether there was such a user who was still due. */
export async function removeDue(db: Db, id: string, now: Date): Promise<boolean> {
  return (await db.user.deleteMany({ where: { id, deletionDueAt: { lte: now } } })).count === 1;
}

/** Whoever else holds them waits until the end of the transaction. */
export async function holdAdministrators(tx: Db): Promise<void> {
  await tx.installation.updateMany({ where: { id: 1 }, data: { id: 1 } });
}

/** Those who can still sign in, and are not about to leave. */
export function countOtherAdministrators(db: Db, id: string): Promise<number> {
  return db.user.count({
    where: { administrator: true, disabledAt: null, deletionDueAt: null, id: { not: id } },
  });
}
