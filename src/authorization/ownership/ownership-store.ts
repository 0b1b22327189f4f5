import type { Db } from '../../storage/database.ts';

/**
 * Whether the first administrator is still to come. The row stays locked until the end of the transaction, so that a
 * setup in parallel waits and then hands over what this transaction registers.
 */
export async function holdPendingSetup(tx: Db): Promise<boolean> {
  const { count } = await tx.installation.updateMany({
    where: { setupAt: null },
    data: { setupAt: null },
  });
  return count > 0 || (await tx.installation.count()) === 0;
}

export function findOldestAdministrator(db: Db) {
  return db.user.findFirst({
    where: { administrator: true, disabledAt: null, deletionDueAt: null },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    select: { id: true },
  });
}

export async function isActiveUser(db: Db, id: string): Promise<boolean> {
  return (await db.user.count({ where: { id, disabledAt: null, deletionDueAt: null } })) === 1;
}

/** Answers how many of each had no owner. What is part of the server stays the installation's. */
export async function giveUnowned(tx: Db, ownerId: string) {
  const data = { ownerId };
  const clients = await tx.client.updateMany({ where: { ownerId: null, builtIn: false }, data });
  const apis = await tx.api.updateMany({ where: { ownerId: null }, data });
  return { clients: clients.count, apis: apis.count };
}

export async function listOwnedBy(db: Db, ownerId: string) {
  const clients = await db.client.findMany({
    where: { ownerId },
    select: { id: true, name: true },
    orderBy: { name: 'asc' },
  });
  const apis = await db.api.findMany({
    where: { ownerId },
    select: { id: true, identifier: true },
    orderBy: { identifier: 'asc' },
  });
  return { clients, apis };
}

interface Change {
  id: string;
  from: string;
  to: string;
}

/** Answers whether it was theirs until now. */
export async function giveClient(tx: Db, { id, from, to }: Change): Promise<boolean> {
  const where = { id, ownerId: from };
  return (await tx.client.updateMany({ where, data: { ownerId: to } })).count === 1;
}

/** Answers whether it was theirs until now. */
export async function giveApi(tx: Db, { id, from, to }: Change): Promise<boolean> {
  const where = { id, ownerId: from };
  return (await tx.api.updateMany({ where, data: { ownerId: to } })).count === 1;
}
