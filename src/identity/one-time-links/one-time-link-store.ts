import type { Db } from '../../storage/database.ts';
import type { OneTimeLink, User } from '../../storage/generated/sqlite/client.ts';

export type LinkPurpose = 'reset-password' | 'verify-email';

export interface NewLinkRow extends Omit<OneTimeLink, 'id' | 'purpose' | 'codeAttempts'> {
  purpose: LinkPurpose;
}

export type LinkRow = Pick<OneTimeLink, 'id' | 'email'> & { user: Omit<User, 'passwordHash'> };

const select = { id: true, email: true, user: { omit: { passwordHash: true } } } as const;

/** In place of the person's older one of the same purpose. */
export async function putLink(db: Db, link: NewLinkRow): Promise<void> {
  const { userId, purpose } = link;
  await db.oneTimeLink.upsert({
    where: { userId_purpose: { userId, purpose } },
    create: link,
    update: { ...link, codeAttempts: 0 },
    select: { id: true },
  });
}

interface At {
  purpose: LinkPurpose;
  now: Date;
}

export function findByToken(
  db: Db,
  { tokenHash, purpose, now }: At & { tokenHash: string },
): Promise<LinkRow | null> {
  return db.oneTimeLink.findFirst({
    where: { tokenHash, purpose, expiresAt: { gt: now } },
    select,
  });
}

/** Of many who use it up, one is answered that it did. A link that was replaced meanwhile has another token. */
export async function removeByToken(
  db: Db,
  { tokenHash, purpose, now }: At & { tokenHash: string },
): Promise<boolean> {
  const { count } = await db.oneTimeLink.deleteMany({
    where: { tokenHash, purpose, expiresAt: { gt: now } },
  });
  return count === 1;
}

interface CodeOf extends At {
  userId: string;
  /** How often it may be guessed at. */
  most: number;
}

/** A code with an attempt left. */
const openCode = ({ userId, purpose, now, most }: CodeOf) => ({
  userId,
  purpose,
  codeHash: { not: null },
  codeAttempts: { lt: most },
  expiresAt: { gt: now },
});

export async function hasOpenCode(db: Db, of: CodeOf): Promise<boolean> {
  return (await db.oneTimeLink.count({ where: openCode(of) })) > 0;
}

/** Answers whether there was a code with an attempt left. */
export async function countAttempt(db: Db, of: CodeOf): Promise<boolean> {
  const { count } = await db.oneTimeLink.updateMany({
    where: openCode(of),
    data: { codeAttempts: { increment: 1 } },
  });
  return count === 1;
}

export function findByCode(
  db: Db,
  { userId, purpose, codeHash, now }: At & { userId: string; codeHash: string },
): Promise<(LinkRow & { tokenHash: string }) | null> {
  return db.oneTimeLink.findFirst({
    where: { userId, purpose, codeHash, expiresAt: { gt: now } },
    select: { ...select, tokenHash: true },
  });
}
