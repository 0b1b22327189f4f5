import type { Db } from '../../storage/database.ts';
import { readRow } from '../../storage/point-reads.ts';
import type { Prisma } from '../../storage/generated/sqlite/client.ts';
export interface StateRow {
  id: string;
  model: string;
  grantId: string | null;
  clientId: string | null;
  userId: string | null;
  sessionUid: string | null;
  audience: string | null;
  userCodeHash: string | null;
  payload: unknown;
  consumedAt: Date | null;
  expiresAt: Date | null;
}

/** `userCodeHash` only where it is to change. */
export interface NewState extends Omit<StateRow, 'consumedAt' | 'userCodeHash' | 'payload'> {
  userCodeHash?: string;
  payload: object;
}

const asData = ({ payload, ...row }: NewState) => ({
  ...row,
  payload: payload as Prisma.InputJsonObject,
});

export async function insertState(db: Db, row: NewState): Promise<void> {
  await db.protocolState.create({ data: asData(row), select: { id: true } });
}

export async function upsertState(db: Db, row: NewState): Promise<void> {
  const { id, ...update } = asData(row);
  await db.protocolState.upsert({
    where: { id },
    create: { id, ...update },
    update,
    select: { id: true },
  });
}

export function findState(db: Db, id: string): Promise<StateRow | null> {
  return readRow(db, 'protocolState', id);
}

export function findStateByUserCode(db: Db, userCodeHash: string): Promise<StateRow | null> {
  return db.protocolState.findUnique({ where: { userCodeHash } });
}

/** Answers whether this call was the one that consumed it. */
export async function consumeState(db: Db, id: string, at: Date): Promise<boolean> {
  const { count } = await db.protocolState.updateMany({
    where: { id, consumedAt: null },
    data: { consumedAt: at },
  });
  return count === 1;
}

export async function deleteState(db: Db, id: string): Promise<boolean> {
  const { count } = await db.protocolState.deleteMany({ where: { id } });
  return count === 1;
}

/** Deletes the client's state unless it has been consumed. */
export async function deleteUnusedState(
  db: Db,
  { id, model, clientId }: { id: string; model: string; clientId: string },
): Promise<void> {
  await db.protocolState.deleteMany({ where: { id, model, clientId, consumedAt: null } });
}

export async function deleteStatesOfGrant(db: Db, grantId: string): Promise<void> {
  await db.protocolState.deleteMany({ where: { grantId } });
}

export async function deleteStatesOfAudience(db: Db, audience: string): Promise<void> {
  await db.protocolState.deleteMany({ where: { audience } });
}
