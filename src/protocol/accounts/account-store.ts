import { readRow } from '../../storage/point-reads.ts';
import type { Db } from '../../storage/database.ts';

export interface Account {
  id: string;
  login: string;
  email: string | null;
  emailVerified: boolean;
  name: string | null;
  updatedAt: Date;
}

/** The user that tokens speak of, unless there is none or it is disabled. */
export async function findActiveAccount(db: Db, id: string): Promise<Account | undefined> {
  const row = await readRow(db, 'user', id);
  return row && !row.disabledAt ? row : undefined;
}
