import type { Db } from '../storage/database.ts';

export interface Period {
  /** What is to happen once, such as `sign-in-notice:<user id>`. */
  name: string;
  seconds: number;
}

/**
 * Whether this is the first call for the name in the period, on all nodes. Give it the transaction of what is to
 * happen: rolled back, it has not happened, and the next call is the first.
 */
export async function isFirstInPeriod(
  tx: Db,
  { name, seconds }: Period,
  now: Date,
): Promise<boolean> {
  const key = `once:${name}`;
  const expire = new Date(now.getTime() + seconds * 1000);
  await tx.rateLimit.deleteMany({ where: { key, expire: { lte: now } } });
  // One statement; a second transaction waits in it until the first has ended.
  const { points } = await tx.rateLimit.upsert({
    where: { key },
    create: { key, points: 1, expire },
    update: { points: { increment: 1 } },
  });
  return points === 1;
}
