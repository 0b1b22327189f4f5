import type { Db } from '../../storage/database.ts';
import type { MailedSignIn, User } from '../../storage/generated/sqlite/client.ts';

export type NewMailedSignIn = Omit<MailedSignIn, 'codeAttempts'>;

export type MailedSignInRow = MailedSignIn & { user: Omit<User, 'passwordHash'> };

/** The sign-in it is for, in the browser that asked. */
export interface Place {
  id: string;
  browser: string;
  now: Date;
}

/** In place of what was mailed for this sign-in before. */
export async function put(db: Db, row: NewMailedSignIn): Promise<void> {
  await db.mailedSignIn.upsert({
    where: { id: row.id },
    create: row,
    update: { ...row, codeAttempts: 0 },
    select: { id: true },
  });
}

/** What was mailed for this sign-in, unless it was to that person. */
export async function removeOfOthers(
  db: Db,
  id: string,
  userId: string | undefined,
): Promise<void> {
  await db.mailedSignIn.deleteMany({
    where: { id, ...(userId !== undefined && { userId: { not: userId } }) },
  });
}

/** Answers whether there was a code with an attempt left. */
export async function countAttempt(db: Db, place: Place, most: number): Promise<boolean> {
  const { count } = await db.mailedSignIn.updateMany({
    where: { ...valid(place), codeAttempts: { lt: most } },
    data: { codeAttempts: { increment: 1 } },
  });
  return count === 1;
}

export function find(db: Db, place: Place): Promise<MailedSignInRow | null> {
  return db.mailedSignIn.findFirst({
    where: valid(place),
    include: { user: { omit: { passwordHash: true } } },
  });
}

/** Of many who use it up, one is answered that it did. What was mailed meanwhile has another token. */
export async function remove(
  db: Db,
  { tokenHash, ...place }: Place & { tokenHash: string },
): Promise<boolean> {
  const { count } = await db.mailedSignIn.deleteMany({ where: { ...valid(place), tokenHash } });
  return count === 1;
}

const valid = ({ id, browser, now }: Place) => ({ id, browser, expiresAt: { gt: now } });
