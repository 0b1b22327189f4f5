import type { Db } from '../../storage/database.ts';
import type { EmailChange, User } from '../../storage/generated/sqlite/client.ts';

export type ChangeRow = EmailChange;

/** Which address a link was mailed to. */
export type Side = 'old' | 'new';

export type ChangeWithPerson = ChangeRow & { user: Omit<User, 'passwordHash'> };

const include = { user: { omit: { passwordHash: true } } } as const;

/** In place of the person's older one, whose links end. */
export async function put(db: Db, change: ChangeRow): Promise<void> {
  const { userId } = change;
  await db.emailChange.upsert({ where: { userId }, create: change, update: change });
}

export function findOf(db: Db, userId: string, now: Date): Promise<ChangeRow | null> {
  return db.emailChange.findFirst({ where: { userId, expiresAt: { gt: now } } });
}

/** Of a link that was not used yet. */
export function findByToken(
  db: Db,
  tokenHash: string,
  now: Date,
): Promise<ChangeWithPerson | null> {
  return db.emailChange.findFirst({
    where: {
      expiresAt: { gt: now },
      OR: [
        { newTokenHash: tokenHash, newConfirmedAt: null },
        { oldTokenHash: tokenHash, oldConfirmedAt: null },
      ],
    },
    include,
  });
}

interface Link {
  side: Side;
  tokenHash: string;
}

/**
 * Of many who use the link, one is answered that it did. Whoever confirms the other side at the same moment waits for
 * this row, so the later of the two sees both.
 */
export async function confirm(db: Db, { side, tokenHash }: Link, now: Date): Promise<boolean> {
  const open = { expiresAt: { gt: now } };
  const { count } =
    side === 'new'
      ? await db.emailChange.updateMany({
          where: { ...open, newTokenHash: tokenHash, newConfirmedAt: null },
          data: { newConfirmedAt: now },
        })
      : await db.emailChange.updateMany({
          where: { ...open, oldTokenHash: tokenHash, oldConfirmedAt: null },
          data: { oldConfirmedAt: now },
        });
  return count === 1;
}

/** Answers whether there was one. */
export async function remove(db: Db, userId: string): Promise<boolean> {
  return (await db.emailChange.deleteMany({ where: { userId } })).count === 1;
}

/** Only this very change: one that took its place stays. */
export async function removeThis(
  db: Db,
  { userId, newTokenHash }: Pick<ChangeRow, 'userId' | 'newTokenHash'>,
): Promise<boolean> {
  return (await db.emailChange.deleteMany({ where: { userId, newTokenHash } })).count === 1;
}

interface Holder {
  login: string;
  email: string | null;
  emailVerified: boolean;
}

/** Only while the person is as they were; answers whether that was so. @throws where somebody else has the address */
export async function giveAddress(
  db: Db,
  userId: string,
  { from, to }: { from: Holder; to: { login: string; email: string } },
): Promise<boolean> {
  const { login, email, emailVerified } = from;
  const { count } = await db.user.updateMany({
    where: { id: userId, login, email, emailVerified, disabledAt: null, deletionDueAt: null },
    data: { ...to, emailVerified: true },
  });
  return count === 1;
}

/** All that was mailed to the address of before. */
export async function endLinks(db: Db, userId: string): Promise<void> {
  await db.oneTimeLink.deleteMany({ where: { userId } });
}
