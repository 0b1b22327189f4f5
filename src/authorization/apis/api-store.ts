import type { Db } from '../../storage/database.ts';
import type { Api as ApiRow, Permission } from '../../storage/generated/sqlite/client.ts';

/** A resource server with what it lets its callers do. */
export interface Api extends ApiRow {
  permissions: Pick<Permission, 'name' | 'description'>[];
  owner: { login: string } | null;
}

export type NewApiRow = Pick<
  ApiRow,
  | 'identifier'
  | 'name'
  | 'ownerId'
  | 'tokenFormat'
  | 'accessTokenSeconds'
  | 'signingAlg'
  | 'level'
  | 'createdAt'
>;

export type NewPermissionRow = Pick<Permission, 'name' | 'description'>;

const include = {
  permissions: { select: { name: true, description: true }, orderBy: { name: 'asc' } },
  owner: { select: { login: true } },
} as const;

export function insert(db: Db, api: NewApiRow, permissions: NewPermissionRow[]): Promise<Api> {
  return db.api.create({ data: { ...api, permissions: { create: permissions } }, include });
}

export function find(db: Db, identifier: string): Promise<Api | null> {
  return db.api.findUnique({ where: { identifier }, include });
}

export function list(db: Db): Promise<Api[]> {
  return db.api.findMany({ include, orderBy: { identifier: 'asc' } });
}

export async function insertPermissions(db: Db, apiId: string, permissions: NewPermissionRow[]) {
  await db.permission.createMany({ data: permissions.map((one) => ({ apiId, ...one })) });
}

/** Answers whether there was such an API, with another level until now. */
export async function setLevel(db: Db, identifier: string, level: number): Promise<boolean> {
  const where = { identifier, level: { not: level } };
  const { count } = await db.api.updateMany({ where, data: { level } });
  return count === 1;
}

/** Answers whether there was such an API that was not disabled. */
export async function disable(db: Db, identifier: string, at: Date): Promise<boolean> {
  const { count } = await db.api.updateMany({
    where: { identifier, disabledAt: null },
    data: { disabledAt: at },
  });
  return count === 1;
}

/** With its permissions, and what clients were allowed of them. */
export async function remove(db: Db, id: string): Promise<void> {
  await db.api.deleteMany({ where: { id } });
}
