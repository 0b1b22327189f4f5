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
  updatedAt: Date;
}

/** The user that tokens speak of, unless there is none or it is disabled. */
export async function findActiveAccount(db: Db, id: string): Promise<Account | undefined> {
  return ifActive(await readRow(db, 'user', id));
}

/** Those of them that are neither gone nor disabled, in no order. */
export function findActiveAccounts(db: Db, ids: readonly string[]): Promise<Account[]> {
  const where = { id: { in: [...ids] }, disabledAt: null };
  return db.user.findMany({ where, omit: { passwordHash: true } });
}

export function ifActive(row: (Account & { disabledAt: Date | null }) | null): Account | undefined {
  return row && !row.disabledAt ? row : undefined;
}
