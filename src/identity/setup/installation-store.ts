// The one row that says what this installation is.
import type { Db } from '../../storage/database.ts';

const id = 1;

export function find(db: Db) {
  return db.installation.findUnique({ where: { id } });
}

export async function insert(db: Db, sealCheck: string, createdAt: Date): Promise<void> {
  await db.installation.create({ data: { id, sealCheck, createdAt } });
}

/** Answers whether setup was pending. */
export async function acceptSetupToken(db: Db, setupTokenHash: string): Promise<boolean> {
  return changed(
    db.installation.updateMany({ where: { id, setupAt: null }, data: { setupTokenHash } }),
  );
}

/** Answers whether setup was pending; the row stays locked until the end of the transaction. */
export async function withdrawSetupToken(tx: Db): Promise<boolean> {
  return changed(
    tx.installation.updateMany({ where: { id, setupAt: null }, data: { setupTokenHash: null } }),
  );
}

/** Answers whether setup was pending and this was its token. */
export async function useSetupToken(tx: Db, setupTokenHash: string): Promise<boolean> {
  return changed(
    tx.installation.updateMany({
      where: { id, setupAt: null, setupTokenHash },
      data: { setupTokenHash: null },
    }),
  );
}

/** Answers whether setup was pending. */
export async function close(tx: Db, setupAt: Date): Promise<boolean> {
  return changed(
    tx.installation.updateMany({
      where: { id, setupAt: null },
      data: { setupAt, setupTokenHash: null },
    }),
  );
}

async function changed(update: Promise<{ count: number }>): Promise<boolean> {
  return (await update).count === 1;
}
