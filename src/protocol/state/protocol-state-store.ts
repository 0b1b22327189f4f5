import { type Database, type Db, repeatLostRaces, transact } from '../../storage/database.ts';
import { directAccessOf } from '../../storage/direct-access.ts';
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

/** Answers whether it was there. */
export async function updateState(db: Db, row: NewState): Promise<boolean> {
  const { id, ...data } = asData(row);
  return (await db.protocolState.updateMany({ where: { id }, data })).count === 1;
}

export function findState(db: Db, id: string): Promise<StateRow | null> {
  return readRow(db, 'protocolState', id);
}

export function findStateByUserCode(db: Db, userCodeHash: string): Promise<StateRow | null> {
  return db.protocolState.findUnique({ where: { userCodeHash } });
}

export interface Issuance {
  /** What is used up for the tokens. */
  spend?: { id: string; at: Date } | undefined;
  /** The tokens, added unless they are there. */
  states: readonly NewState[];
  /** Whatever else is part of the act. */
  note?: ((tx: Db) => Promise<void>) | undefined;
}

/**
 * Does all of it in one transaction, or nothing: false when what was to be spent had been.
 * @throws a foreign key violation when what the tokens hang on is gone
 */
export function writeIssuance(db: Database, { spend, states, note }: Issuance): Promise<boolean> {
  const connect = note ? undefined : directAccessOf(db);
  if (!connect) return transact(db, (tx) => issueByEngine(tx, { spend, states, note }));

  const rows = states.map((state) => ({ userCodeHash: null, consumedAt: null, ...state }));
  return repeatLostRaces(async () => (await connect()).issue({ spend, states: rows }));
}

async function issueByEngine(tx: Db, { spend, states, note }: Issuance): Promise<boolean> {
  if (spend && !(await consumeState(tx, spend.id, spend.at))) return false;

  if (spend) await tx.protocolState.createMany({ data: states.map(asData) });
  else for (const state of states) await addState(tx, asData(state));
  await note?.(tx);
  return true;
}

async function addState(tx: Db, create: ReturnType<typeof asData>): Promise<void> {
  const { id } = create;
  await tx.protocolState.upsert({ where: { id }, create, update: {}, select: { id: true } });
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
