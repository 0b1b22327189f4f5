import type { Db } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/database-errors.ts';

const MODEL = 'DevicePoll';

export interface Poll {
  at: Date;
  intervalSeconds: number;
}

/** Kept as protocol state, `consumedAt` being the time of the poll. */
export async function findPoll(db: Db, id: string): Promise<Poll | undefined> {
  const row = await db.protocolState.findUnique({ where: { id } });
  return row?.consumedAt
    ? { at: row.consumedAt, intervalSeconds: intervalIn(row.payload) }
    : undefined;
}

/** The first one; false when another was first. */
export async function insertPoll(
  db: Db,
  { id, poll, expiresAt }: { id: string; poll: Poll; expiresAt: Date },
): Promise<boolean> {
  const data = { id, model: MODEL, expiresAt, ...asData(poll) };
  try {
    await db.protocolState.create({ data, select: { id: true } });
    return true;
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

/** Puts the next one in the place of the last; false when another has taken it. */
export async function replacePoll(
  db: Db,
  { id, last, poll }: { id: string; last: Poll; poll: Poll },
): Promise<boolean> {
  const { count } = await db.protocolState.updateMany({
    where: { id, consumedAt: last.at },
    data: asData(poll),
  });
  return count === 1;
}

const asData = ({ at, intervalSeconds }: Poll) => ({
  consumedAt: at,
  payload: { intervalSeconds },
});

function intervalIn(payload: unknown): number {
  const { intervalSeconds } = payload as { intervalSeconds: number };
  return intervalSeconds;
}
