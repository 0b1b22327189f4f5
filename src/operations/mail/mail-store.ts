import type { Db } from '../../storage/database.ts';

export type Mail = Awaited<ReturnType<typeof listNewest>>[number];

export interface NewMail {
  id: string;
  userId: string | null;
  recipient: string;
  kind: string;
  sealedContent: string;
  createdAt: Date;
  dueAt: Date;
  giveUpAt: Date;
  expiresAt: Date | null;
}

export async function insert(db: Db, mail: NewMail): Promise<void> {
  await db.mail.create({ data: mail, select: { id: true } });
}

/** The language a person reads (BCP 47). */
export async function findLocaleOf(db: Db, userId: string): Promise<string | undefined> {
  const user = await db.user.findUnique({ where: { id: userId }, select: { locale: true } });
  return user?.locale ?? undefined;
}

/** Those whose turn it is, the longest waiting first. */
export type DueMail = Awaited<ReturnType<typeof listDue>>[number];

export function listDue(db: Db, now: Date, take: number) {
  return db.mail.findMany({
    where: { dueAt: { lte: now } },
    orderBy: { dueAt: 'asc' },
    take,
  });
}

/** A mail and the moment that marks whose it is: the next one who claims it changes that. */
export interface Claim {
  id: string;
  dueAt: Date;
}

/** Of several nodes that claim a mail as they found it, one gets it; the others' condition is no longer true. */
export async function claim(
  db: Db,
  { id, dueAt }: { id: string; dueAt: Date | null },
  until: Date,
): Promise<Claim | undefined> {
  const { count } = await db.mail.updateMany({
    where: { id, dueAt },
    data: { dueAt: until, attempts: { increment: 1 } },
  });
  return count === 1 ? { id, dueAt: until } : undefined;
}

interface Outcome {
  dueAt: Date | null;
  fault?: string | null;
  sentAt?: Date;
  failedAt?: Date;
  sealedContent?: null;
}

/** Whoever's claim has gone to another changes nothing. */
export async function settle(db: Db, { id, dueAt }: Claim, outcome: Outcome): Promise<void> {
  await db.mail.updateMany({ where: { id, dueAt }, data: outcome });
}

/** @param state of all states when absent */
export function listNewest(
  db: Db,
  { state, limit }: { state?: MailState | undefined; limit: number },
) {
  return db.mail.findMany({
    where: state ? STATES[state] : {},
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit,
  });
}

export type MailState = 'waiting' | 'sent' | 'failed';

const STATES = {
  waiting: { dueAt: { not: null } },
  sent: { sentAt: { not: null } },
  failed: { failedAt: { not: null } },
};

export function find(db: Db, id: string) {
  return db.mail.findUnique({ where: { id } });
}

/** Failed ones whose content is still there: due at once, and for a while. */
export async function retry(
  db: Db,
  id: string | undefined,
  { now, giveUpAt }: { now: Date; giveUpAt: Date },
): Promise<number> {
  const { count } = await db.mail.updateMany({
    where: {
      ...(id !== undefined && { id }),
      failedAt: { not: null },
      sealedContent: { not: null },
      OR: [{ expiresAt: null }, { expiresAt: { gt: now } }],
    },
    data: { dueAt: now, giveUpAt, failedAt: null },
  });
  return count;
}

export interface Backlog {
  waiting: number;
  failed: number;
  oldest: Date | undefined;
}

export async function readBacklog(db: Db): Promise<Backlog> {
  const [{ _count: waiting, _min: earliest }, failed] = await Promise.all([
    db.mail.aggregate({ where: STATES.waiting, _count: true, _min: { createdAt: true } }),
    db.mail.count({ where: STATES.failed }),
  ]);
  return { waiting, failed, oldest: earliest.createdAt ?? undefined };
}
