import type { Db } from '../../storage/database.ts';
import type { Prisma } from '../../storage/generated/sqlite/client.ts';

const WITH_ALL = {
  secrets: { orderBy: { createdAt: 'asc' } },
  permissions: { include: { permission: { include: { api: true } } } },
  actsAsApi: { select: { identifier: true, disabledAt: true } },
  owner: { select: { login: true } },
} as const satisfies Prisma.ClientInclude;

export type ClientRow = Prisma.ClientGetPayload<{ include: typeof WITH_ALL }>;
/** For a JSON column. */
export type Json = Prisma.InputJsonValue;
export type NewClientRow = Prisma.ClientUncheckedCreateInput;

export function findClientRow(db: Db, id: string): Promise<ClientRow | null> {
  return db.client.findUnique({ where: { id }, include: WITH_ALL });
}

export function listClientRows(db: Db): Promise<ClientRow[]> {
  const where = { builtIn: false };
  return db.client.findMany({ where, include: WITH_ALL, orderBy: { createdAt: 'asc' } });
}

export function listClientNames(db: Db, ids: string[]) {
  return db.client.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } });
}

export async function insertClient(db: Db, row: NewClientRow): Promise<void> {
  await db.client.create({ data: row, select: { id: true } });
}

export async function updateClient(
  db: Db,
  id: string,
  change: Prisma.ClientUncheckedUpdateInput,
): Promise<boolean> {
  const { count } = await db.client.updateMany({ where: { id, builtIn: false }, data: change });
  return count === 1;
}

/** Answers whether it was elsewhere until now. */
export async function moveBuiltInClient(
  db: Db,
  id: string,
  redirectUris: string[],
): Promise<boolean> {
  const where = { id, builtIn: true, NOT: { redirectUris: { equals: redirectUris } } };
  const { count } = await db.client.updateMany({ where, data: { redirectUris } });
  return count === 1;
}

export async function deleteClientRow(db: Db, id: string): Promise<boolean> {
  const { count } = await db.client.deleteMany({ where: { id, builtIn: false } });
  return count === 1;
}

/** Answers whether it was enabled until now. */
export async function markDisabled(db: Db, id: string, at: Date): Promise<boolean> {
  const { count } = await db.client.updateMany({
    where: { id, disabledAt: null, builtIn: false },
    data: { disabledAt: at },
  });
  return count === 1;
}

/** Ends every authorization of the client: its grants (and with them its tokens) and all else it holds. */
export async function endAuthorizations(db: Db, clientId: string): Promise<void> {
  await db.grant.deleteMany({ where: { clientId } });
  await db.protocolState.deleteMany({ where: { clientId } });
}

export interface NewSecret {
  clientId: string;
  secretHash: string;
  expiresAt?: Date | undefined;
}

export async function hasSecret(
  db: Db,
  { clientId, secretHash }: Pick<NewSecret, 'clientId' | 'secretHash'>,
): Promise<boolean> {
  const found = await db.clientSecret.findFirst({ where: { clientId, secretHash } });
  return found !== null;
}

export async function insertSecret(db: Db, { clientId, secretHash, expiresAt }: NewSecret) {
  await db.clientSecret.create({ data: { clientId, secretHash, expiresAt: expiresAt ?? null } });
}

/** Lets the client's present secrets live until then, none longer than it already did. */
export async function limitSecrets(db: Db, clientId: string, until: Date): Promise<number> {
  const { count } = await db.clientSecret.updateMany({
    where: { clientId, OR: [{ expiresAt: null }, { expiresAt: { gt: until } }] },
    data: { expiresAt: until },
  });
  return count;
}

export async function deleteSecrets(db: Db, clientId: string): Promise<void> {
  await db.clientSecret.deleteMany({ where: { clientId } });
}

/** Answers how many there were. */
export async function deleteSecretsExpiredBefore(db: Db, clientId: string, at: Date) {
  const where = { clientId, expiresAt: { lte: at } };
  return (await db.clientSecret.deleteMany({ where })).count;
}

export function listPermissionsOf(db: Db, identifier: string) {
  return db.permission.findMany({
    where: { api: { identifier, disabledAt: null } },
    select: { id: true, name: true },
  });
}

export async function allowPermissions(db: Db, clientId: string, permissionIds: string[]) {
  await db.clientPermission.createMany({
    data: permissionIds.map((permissionId) => ({ clientId, permissionId })),
  });
}

export function findApiId(db: Db, identifier: string) {
  return db.api.findUnique({ where: { identifier }, select: { id: true } });
}
