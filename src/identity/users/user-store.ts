import { queueLogoutNotices } from '../../operations/logout-notices/logout-notices.ts';
import { endRememberedBrowsers } from '../remembered-browsers/remembered-browsers.ts';
import type { Db, Engine } from '../../storage/database.ts';
import type { User as UserRow } from '../../storage/generated/sqlite/client.ts';

/** A person as the rest of the code sees one: the password's hash stays in the identity folder. */
export type User = Omit<UserRow, 'passwordHash'>;

export type UserWithPassword = UserRow;

export type NewUserRow = Pick<
  UserRow,
  'login' | 'email' | 'name' | 'locale' | 'administrator' | 'passwordHash' | 'createdAt'
> &
  Partial<Pick<UserRow, 'passwordChangeRequiredAt'>>;

const omit = { passwordHash: true } as const;

export function insert(db: Db, user: NewUserRow): Promise<User> {
  return db.user.create({ data: user, omit });
}

export function find(db: Db, id: string): Promise<User | null> {
  return db.user.findUnique({ where: { id }, omit });
}

/** Of two people of whom one has the name as login and the other as address, the login wins. */
export async function findBySignInName(db: Db, name: string): Promise<UserWithPassword | null> {
  const found = await db.user.findMany({ where: { OR: [{ login: name }, { email: name }] } });
  return found.find(({ login }) => login === name) ?? found[0] ?? null;
}

export async function isLoginTaken(db: Db, login: string): Promise<boolean> {
  return (await db.user.count({ where: { login } })) > 0;
}

interface Page {
  limit: number;
  /** The id that the page before ended with. */
  after: string | undefined;
}

/** In the order of creation. */
export function list(db: Db, { limit, after }: Page): Promise<User[]> {
  return db.user.findMany({
    where: after === undefined ? {} : { id: { gt: after } },
    orderBy: { id: 'asc' },
    take: limit,
    omit,
  });
}

/** Answers whether there was such a user who was not disabled. */
export async function disable(db: Db, id: string, at: Date): Promise<boolean> {
  const { count } = await db.user.updateMany({
    where: { id, disabledAt: null },
    data: { disabledAt: at },
  });
  return count === 1;
}

/** Answers whether there was such a user who was disabled. */
export async function enable(db: Db, id: string): Promise<boolean> {
  const { count } = await db.user.updateMany({
    where: { id, disabledAt: { not: null } },
    data: { disabledAt: null },
  });
  return count === 1;
}

/** Answers whether the person was called otherwise until now. */
export async function setName(db: Db, id: string, name: string | null): Promise<boolean> {
  const where = { id, OR: otherThan(name).map((other) => ({ name: other })) };
  const { count } = await db.user.updateMany({ where, data: { name } });
  return count === 1;
}

/** Answers whether the person had chosen another language until now. */
export async function setLocale(db: Db, id: string, locale: string | null): Promise<boolean> {
  const where = { id, OR: otherThan(locale).map((other) => ({ locale: other })) };
  const { count } = await db.user.updateMany({ where, data: { locale } });
  return count === 1;
}

const otherThan = (value: string | null) =>
  value === null ? [{ not: null }] : [null, { not: value }];

/** A password as it is kept. */
export type KeptPassword = { passwordHash: string } & Pick<UserRow, 'passwordNeedsFactor'>;

export interface PasswordReplacement extends KeptPassword {
  passwordChangeRequiredAt: Date | null;
  /** The hash that it is to replace; whichever there is, if absent. */
  replaced?: string | null | undefined;
  /** Of the credentials as they were known; whichever they are, if absent. */
  version?: number | undefined;
}

/** Answers whether there was such a user, with that password. */
export async function setPasswordHash(
  db: Db,
  id: string,
  { replaced, version, ...password }: PasswordReplacement,
): Promise<boolean> {
  const where = {
    id,
    ...(replaced !== undefined && { passwordHash: replaced }),
    ...(version !== undefined && { credentialsVersion: version }),
  };
  const data = { ...password, credentialsVersion: { increment: 1 } };
  const { count } = await db.user.updateMany({ where, data });
  return count === 1;
}

/** Answers whether there was such a user, who need not choose another password until now. */
export async function requirePasswordChange(db: Db, id: string, at: Date): Promise<boolean> {
  const { count } = await db.user.updateMany({
    where: { id, passwordChangeRequiredAt: null },
    data: { passwordChangeRequiredAt: at },
  });
  return count === 1;
}

const HOLD = {
  sqlite: 'SELECT id FROM users WHERE id = ? AND credentials_version = ? AND disabled_at IS NULL',
  postgresql:
    'SELECT id FROM users WHERE id = $1 AND credentials_version = $2 AND disabled_at IS NULL FOR SHARE',
};

/**
 * Answers whether the person may sign in, and has no other password than that version; none is set before the
 * transaction ends. SQLite has one transaction at a time.
 */
export async function holdCredentials(
  { db, engine }: { db: Db; engine: Engine },
  { id, version }: { id: string; version: number },
): Promise<boolean> {
  const held = await db.$queryRawUnsafe<unknown[]>(HOLD[engine], id, version);
  return held.length === 1;
}

/** Only while the hash is still the one that was verified: a password set meanwhile stays. */
export async function replacePasswordHash(
  db: Db,
  { id, passwordHash }: { id: string; passwordHash: string | null },
  replacement: string,
): Promise<void> {
  await db.user.updateMany({ where: { id, passwordHash }, data: { passwordHash: replacement } });
}

/**
 * Takes the address as verified, and with it sets the password if there is one. Only while the person has this address
 * and is not disabled; answers whether that was so.
 */
export async function updateHolder(
  db: Db,
  { id, email }: { id: string; email: string },
  password?: KeptPassword,
): Promise<boolean> {
  const replacement = { passwordChangeRequiredAt: null, credentialsVersion: { increment: 1 } };
  const { count } = await db.user.updateMany({
    where: { id, email, disabledAt: null },
    data: { emailVerified: true, ...(password && { ...password, ...replacement }) },
  });
  return count === 1;
}

/** Answers whether there was such a user. */
export async function remove(db: Db, id: string): Promise<boolean> {
  await queueLogoutNotices(db, { userId: id });
  const { count } = await db.user.deleteMany({ where: { id } });
  return count === 1;
}

/** What a person may keep when all else ends: the session they act in, and the grants it uses. */
export interface KeptAccess {
  sessionUid?: string | undefined;
  grantIds: readonly string[];
  /** The sign-in that it happens in, as its state is kept. */
  stateId?: string;
}

/**
 * Of whatever purpose, mailed codes too, and the way on of who has just registered. They end with the password, even
 * where nothing else does.
 */
export async function endLinks(db: Db, userId: string): Promise<void> {
  await db.oneTimeLink.deleteMany({ where: { userId } });
  await db.mailedSignIn.deleteMany({ where: { userId } });
  await db.emailChange.deleteMany({ where: { userId } });
  await db.pendingRegistration.deleteMany({ where: { userId } });
}

/**
 * Ends sessions, one-time links, what browsers are remembered for, grants and, with the grants, their codes and tokens;
 * applications will be told.
 */
export async function endAccess(db: Db, userId: string, keep?: KeptAccess): Promise<void> {
  const kept = [...(keep?.grantIds ?? [])];
  const ending = { userId, ...(keep?.sessionUid && { uid: { not: keep.sessionUid } }) };
  await queueLogoutNotices(db, ending);
  await db.session.deleteMany({ where: ending });
  await endLinks(db, userId);
  await endRememberedBrowsers(db, userId);
  await db.grant.deleteMany({ where: { userId, id: { notIn: kept } } });
  await db.protocolState.deleteMany({
    where: {
      userId,
      ...(keep?.stateId && { id: { not: keep.stateId } }),
      OR: [{ grantId: null }, { grantId: { notIn: kept } }],
    },
  });
}
