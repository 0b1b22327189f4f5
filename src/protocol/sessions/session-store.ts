// Browser sessions. Parallel requests of one browser may leave two rows of one uid for a while: they
// are one session, read together and ended together.
import type { AdapterPayload } from 'oidc-provider';
import { hashSecret } from '../../foundation/secrets.ts';
import type { Db } from '../../storage/database.ts';
import { readRow, readSessionsOf } from '../../storage/point-reads.ts';
import type { Prisma } from '../../storage/generated/sqlite/client.ts';
import type { SessionOrigin } from './session-origin.ts';

type Row = NonNullable<Awaited<ReturnType<typeof rowOf>>>;

export interface NewSession {
  payload: AdapterPayload;
  /** Where it is used; absent while nobody is signed in. */
  origin: SessionOrigin | undefined;
}

export async function insertSession(
  db: Db,
  cookie: string,
  { payload, origin }: NewSession,
): Promise<void> {
  await db.session.create({
    data: { id: hashSecret(cookie), ...toRow(payload), ...origin },
    select: { id: true },
  });
}

export interface SessionChange extends NewSession {
  /** The version that the change is made to. */
  version: number;
  /** Gives the cookie another value in the same step. */
  rename?: string | undefined;
}

/** Answers whether the row was still there, and as it was. */
export async function updateSession(
  db: Db,
  cookie: string,
  { payload, origin, version, rename }: SessionChange,
): Promise<boolean> {
  const { count } = await db.session.updateMany({
    where: { id: hashSecret(cookie), version },
    data: {
      ...toRow(payload),
      ...origin,
      version: version + 1,
      ...(rename && { id: hashSecret(rename) }),
    },
  });
  return count === 1;
}

export interface StoredSession {
  payload: AdapterPayload;
  version: number;
}

export async function findSession(db: Db, cookie: string): Promise<StoredSession | undefined> {
  const row = await rowOf(db, hashSecret(cookie));
  return row ? { payload: toPayload(row, cookie), version: row.version } : undefined;
}

/** The row as it is, and as it stays until the end of the transaction for all others who would write to it. */
export async function lockSession(tx: Db, cookie: string): Promise<StoredSession | undefined> {
  const id = hashSecret(cookie);
  const { count } = await tx.session.updateMany({
    where: { id },
    data: { version: { increment: 1 } },
  });
  return count === 1 ? findSession(tx, cookie) : undefined;
}

export async function findSessionByUid(db: Db, uid: string): Promise<AdapterPayload | undefined> {
  return mergedSession(await readSessionsOf(db, uid));
}

/** The newest row, with the authorizations of all rows of the uid. Its jti is not the cookie's value. */
export function mergedSession(rows: readonly Row[]): AdapterPayload | undefined {
  const ordered = rows.toSorted(
    (one, other) => one.expiresAt.getTime() - other.expiresAt.getTime(),
  );
  const newest = ordered.at(-1);
  if (!newest) return undefined;

  const payloads = ordered.map((row) => toPayload(row, row.id));
  const authorizations = Object.assign({}, ...payloads.map((one) => one.authorizations ?? {}));
  return { ...toPayload(newest, newest.id), authorizations };
}

export async function isSessionAlive(db: Db, uid: string): Promise<boolean> {
  return (await db.session.findFirst({ where: { uid }, select: { id: true } })) !== null;
}

/** Answers whether there was any. */
export async function deleteSessionsOfUid(db: Db, uid: string): Promise<boolean> {
  const { count } = await db.session.deleteMany({ where: { uid } });
  return count > 0;
}

/** Some of one person's sessions. */
export interface SessionsOfUser {
  userId: string;
  uid: string | { not: string };
}

export interface SessionInUse {
  uid: string;
  authorizations: {
    clientId: string;
    sid?: string | undefined;
    grantId?: string | undefined;
    persistsLogout?: boolean | undefined;
  }[];
}

export function listSessionsOfUser(db: Db, { userId, at }: { userId: string; at: Date }) {
  return db.session.findMany({ where: { userId, expiresAt: { gt: at } } });
}

/** As they are, and as they stay until the end of the transaction. */
export async function lockSessionsOfUser(tx: Db, where: SessionsOfUser): Promise<SessionInUse[]> {
  await tx.session.updateMany({ where, data: { version: { increment: 1 } } });
  const rows = await tx.session.findMany({ where });
  return rows.map((row) => {
    const { authorizations = {} } = toPayload(row, row.id);
    return {
      uid: row.uid,
      authorizations: Object.entries(authorizations).map(([clientId, one]) => ({
        clientId,
        ...one,
      })),
    };
  });
}

export async function deleteSessionsOfUser(tx: Db, where: SessionsOfUser): Promise<void> {
  await tx.session.deleteMany({ where });
}

const rowOf = (db: Db, id: string) => readRow(db, 'session', id);

function toRow(payload: AdapterPayload) {
  const { authorizations, state, transient } = payload;
  return {
    uid: payload.uid ?? '',
    userId: payload.accountId ?? null,
    loginAt: payload.loginTs ? new Date(payload.loginTs * 1000) : null,
    acr: payload.acr ?? null,
    amr: payload.amr ?? [],
    payload: JSON.parse(
      JSON.stringify({ authorizations, state, transient }),
    ) as Prisma.InputJsonObject,
    expiresAt: new Date((payload.exp ?? 0) * 1000),
  };
}

function toPayload(row: Row, jti: string): AdapterPayload {
  const amr = row.amr as string[];
  return {
    ...(row.payload as AdapterPayload),
    jti,
    kind: 'Session',
    uid: row.uid,
    ...(row.userId && { accountId: row.userId }),
    ...(row.loginAt && { loginTs: Math.floor(row.loginAt.getTime() / 1000) }),
    ...(row.acr && { acr: row.acr }),
    ...(amr.length > 0 && { amr }),
    iat: Math.floor(row.createdAt.getTime() / 1000),
    exp: Math.floor(row.expiresAt.getTime() / 1000),
  };
}
