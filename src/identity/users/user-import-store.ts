import { insertInBulk } from '../../storage/bulk-insert.ts';
import type { Db, Engine } from '../../storage/database.ts';
import type { User as UserRow } from '../../storage/generated/sqlite/client.ts';

export type ImportedUserRow = Omit<
  UserRow,
  | 'administrator'
  | 'passwordNeedsFactor'
  | 'passwordChangeRequiredAt'
  | 'credentialsVersion'
  | 'deletionDueAt'
  | 'hasProfile'
>;

const IMPORTED = {
  table: 'users',
  columns: {
    id: 'text',
    login: 'text',
    email: 'text',
    email_verified: 'boolean',
    name: 'text',
    locale: 'text',
    password_hash: 'text',
    administrator: 'boolean',
    has_profile: 'boolean',
    disabled_at: 'timestamptz',
    created_at: 'timestamptz',
    updated_at: 'timestamptz',
  },
} as const;

/** Leaves out whose login or address somebody has; answers the ids of the others. */
export function insertMany(
  access: { db: Db; engine: Engine },
  users: readonly ImportedUserRow[],
): Promise<Set<string>> {
  const rows = users.map((user) => ({
    id: user.id,
    login: user.login,
    email: user.email,
    email_verified: user.emailVerified,
    name: user.name,
    locale: user.locale,
    password_hash: user.passwordHash,
    administrator: false,
    has_profile: false,
    disabled_at: user.disabledAt,
    created_at: user.createdAt,
    updated_at: user.updatedAt,
  }));
  return insertInBulk(access, IMPORTED, rows);
}

/** Which of the logins somebody has. */
export async function findTakenLogins(db: Db, logins: readonly string[]): Promise<Set<string>> {
  const where = { login: { in: [...logins] } };
  const found = await db.user.findMany({ where, select: { login: true } });
  return new Set(found.map(({ login }) => login));
}
