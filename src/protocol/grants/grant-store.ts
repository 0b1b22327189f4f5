import type { AdapterPayload } from 'oidc-provider';
import type { Db } from '../../storage/database.ts';
import { readRow } from '../../storage/point-reads.ts';
import type { Grant, Prisma } from '../../storage/generated/sqlite/client.ts';

/** The provider's Grant payload as a row; its id is no bearer secret. */
export async function saveGrant(db: Db, id: string, payload: AdapterPayload): Promise<void> {
  const data = {
    userId: payload.accountId ?? '',
    clientId: payload.clientId ?? '',
    scopes: scopesOf(payload) as Prisma.InputJsonObject,
    createdAt: new Date((payload.iat ?? 0) * 1000),
    expiresAt: new Date((payload.exp ?? 0) * 1000),
  };
  await db.grant.upsert({
    where: { id },
    create: { id, ...data },
    update: data,
    select: { id: true },
  });
}

export async function findGrant(db: Db, id: string): Promise<AdapterPayload | undefined> {
  const row = await readRow(db, 'grant', id);
  return row ? toGrantPayload(row) : undefined;
}

/** The row as the provider saved it. */
export function toGrantPayload(row: Grant): AdapterPayload {
  return {
    ...(row.scopes as AdapterPayload),
    jti: row.id,
    kind: 'Grant',
    accountId: row.userId,
    clientId: row.clientId,
    iat: Math.floor(row.createdAt.getTime() / 1000),
    exp: Math.floor(row.expiresAt.getTime() / 1000),
  };
}

/** Answers whether there was one. Its codes and tokens go with it. */
export async function deleteGrant(db: Db, id: string): Promise<boolean> {
  const { count } = await db.grant.deleteMany({ where: { id } });
  return count === 1;
}

export async function deleteGrantsBetween(
  db: Db,
  { userId, clientId }: { userId: string; clientId: string },
): Promise<void> {
  await db.grant.deleteMany({ where: { userId, clientId } });
}

export async function deleteGrantsOf(
  db: Db,
  { userId, ids }: { userId: string; ids: string[] },
): Promise<void> {
  await db.grant.deleteMany({ where: { userId, id: { in: ids } } });
}

function scopesOf({ openid, resources, rejected }: AdapterPayload) {
  return JSON.parse(JSON.stringify({ openid, resources, rejected }));
}
