import { readRow } from '../../storage/point-reads.ts';
import type { Db } from '../../storage/database.ts';

export interface Account {
  id: string;
  login: string;
  email: string | null;
  emailVerified: boolean;
  name: string | null;
  /** BCP 47. */
  locale: string | null;
  administrator: boolean;
  passwordNeedsFactor: boolean;
  passwordChangeRequiredAt: Date | null;
  /** Whether they tell more of themselves, in a row of its own. */
  hasProfile: boolean;
  /** When it is to be deleted. */
  deletionDueAt: Date | null;
  updatedAt: Date;
}

type AccountRow = (Account & { disabledAt: Date | null }) | null;

/** The user that tokens speak of, unless there is none, it is disabled or about to be deleted. */
export async function findActiveAccount(db: Db, id: string): Promise<Account | undefined> {
  return ifActive(await readRow(db, 'user', id));
}

/** Those of them that are neither gone nor disabled, in no order. */
export function findActiveAccounts(db: Db, ids: readonly string[]): Promise<Account[]> {
  const where = { id: { in: [...ids] }, disabledAt: null };
  return db.user.findMany({ where, omit: { passwordHash: true } });
}

export function ifActive(row: AccountRow): Account | undefined {
  return row?.deletionDueAt ? undefined : ifPresent(row);
}

/** Whom a page may speak to: one that is about to be deleted too, since its person may keep it. */
export async function findPresentAccount(db: Db, id: string): Promise<Account | undefined> {
  return ifPresent(await readRow(db, 'user', id));
}

function ifPresent(row: AccountRow): Account | undefined {
  return row && !row.disabledAt ? row : undefined;
}
