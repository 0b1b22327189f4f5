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

export function listConsentRows(
  db: Db,
  { login, clientId }: { login?: string | undefined; clientId?: string | undefined },
) {
  return db.consent.findMany({
    where: { ...(login && { user: { login } }), ...(clientId && { clientId }) },
    include: { user: { select: { login: true } }, client: { select: { name: true } } },
    orderBy: { createdAt: 'asc' },
  });
}

export function findConsentRow(db: Db, id: string) {
  return db.consent.findUnique({ where: { id }, select: { userId: true, clientId: true } });
}

export async function deleteConsentRow(db: Db, id: string): Promise<boolean> {
  const { count } = await db.consent.deleteMany({ where: { id } });
  return count === 1;
}
