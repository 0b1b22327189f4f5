import type { Db } from '../../storage/database.ts';
import type { Prisma } from '../../storage/generated/sqlite/client.ts';
import type { Answer } from './scopes.ts';

interface Between {
  userId: string;
  clientId: string;
}

export async function findAnswer(db: Db, between: Between): Promise<Answer | undefined> {
  const row = await db.consent.findUnique({ where: { userId_clientId: between } });
  return row ? (row.scopes as unknown as Answer) : undefined;
}

export async function saveAnswer(db: Db, between: Between, answer: Answer): Promise<void> {
  const scopes = answer as unknown as Prisma.InputJsonObject;
  await db.consent.upsert({
    where: { userId_clientId: between },
    create: { ...between, scopes },
    update: { scopes },
    select: { id: true },
  });
}

export interface ConsentFilter {
  userId?: string | undefined;
  login?: string | undefined;
  clientId?: string | undefined;
}

export function listConsentRows(db: Db, { userId, login, clientId }: ConsentFilter) {
  return db.consent.findMany({
    where: {
      ...(userId && { userId }),
      ...(login && { user: { login } }),
      ...(clientId && { clientId }),
    },
    include: { user: { select: { login: true } }, client: { select: { name: true } } },
    orderBy: { createdAt: 'asc' },
  });
}

/** @param userId whose it must be; anybody's, if absent */
export function findConsentRow(db: Db, id: string, userId: string | undefined) {
  const where = { id, ...(userId !== undefined && { userId }) };
  return db.consent.findFirst({ where, select: { userId: true, clientId: true } });
}

export async function deleteConsentRow(db: Db, id: string): Promise<boolean> {
  const { count } = await db.consent.deleteMany({ where: { id } });
  return count === 1;
}
