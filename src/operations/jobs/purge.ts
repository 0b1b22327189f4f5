// Removes what has expired, in small batches, so that no lock is held for long. An hour late, so that a clock that is
// slow still finds its rows, and somebody who comes a little late hears "expired" rather than "unknown".
// Consents and audit events are never touched. Any number of nodes may purge at once.
import type { Clock } from '../../foundation/clock.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import type { Job } from './scheduler.ts';

interface Deps {
  db: Database;
  clock: Clock;
}

const GRACE_MS = 60 * 60 * 1000;
const BATCH = 500;
const MAIL_DAYS = 14;

export function purgeJob(deps: Deps): Job {
  return { name: 'purge', everySeconds: 5 * 60, run: () => purgeExpired(deps) };
}

/**
 * @param batch rows to remove in one transaction
 * @returns how many rows of each table were removed; the states that go with a grant aren't counted
 */
export async function purgeExpired(
  { db, clock }: Deps,
  { batch = BATCH }: { batch?: number } = {},
): Promise<Record<string, number>> {
  const before = new Date(clock.now().getTime() - GRACE_MS);
  const counts: Record<string, number> = {};
  for (const [table, removeSome] of Object.entries(TABLES)) {
    counts[table] = await removeAll(db, (tx) => removeSome(tx, before, batch), batch);
  }
  return counts;
}

// Each names its rows first and then removes them under the same condition: what was renewed in between stays.
const TABLES: Record<string, (db: Db, before: Date, take: number) => Promise<Removed>> = {
  async protocolStates(db, before, take) {
    const expired = { expiresAt: { lt: before } };
    const rows = await db.protocolState.findMany({ where: expired, select: { id: true }, take });
    const ids = rows.map(({ id }) => id);
    return removed(ids, () =>
      db.protocolState.deleteMany({ where: { ...expired, id: { in: ids } } }),
    );
  },
  async grants(db, before, take) {
    const expired = { expiresAt: { lt: before } };
    const rows = await db.grant.findMany({ where: expired, select: { id: true }, take });
    const ids = rows.map(({ id }) => id);
    return removed(ids, () => db.grant.deleteMany({ where: { ...expired, id: { in: ids } } }));
  },
  async sessions(db, before, take) {
    const expired = { expiresAt: { lt: before } };
    const rows = await db.session.findMany({ where: expired, select: { id: true }, take });
    const ids = rows.map(({ id }) => id);
    return removed(ids, () => db.session.deleteMany({ where: { ...expired, id: { in: ids } } }));
  },
  async rateLimits(db, before, take) {
    const expired = { expire: { lt: before } };
    const rows = await db.rateLimit.findMany({ where: expired, select: { key: true }, take });
    const keys = rows.map(({ key }) => key);
    return removed(keys, () =>
      db.rateLimit.deleteMany({ where: { ...expired, key: { in: keys } } }),
    );
  },
  async rememberedBrowsers(db, before, take) {
    const expired = { expiresAt: { lt: before } };
    const rows = await db.rememberedBrowser.findMany({
      where: expired,
      select: { id: true },
      take,
    });
    const ids = rows.map(({ id }) => id);
    return removed(ids, () =>
      db.rememberedBrowser.deleteMany({ where: { ...expired, id: { in: ids } } }),
    );
  },
  async oneTimeLinks(db, before, take) {
    const expired = { expiresAt: { lt: before } };
    const rows = await db.oneTimeLink.findMany({ where: expired, select: { id: true }, take });
    const ids = rows.map(({ id }) => id);
    return removed(ids, () =>
      db.oneTimeLink.deleteMany({ where: { ...expired, id: { in: ids } } }),
    );
  },
  async mailedSignIns(db, before, take) {
    const expired = { expiresAt: { lt: before } };
    const rows = await db.mailedSignIn.findMany({ where: expired, select: { id: true }, take });
    const ids = rows.map(({ id }) => id);
    return removed(ids, () =>
      db.mailedSignIn.deleteMany({ where: { ...expired, id: { in: ids } } }),
    );
  },
  async pendingRegistrations(db, before, take) {
    const expired = { expiresAt: { lt: before } };
    const rows = await db.pendingRegistration.findMany({
      where: expired,
      select: { id: true },
      take,
    });
    const ids = rows.map(({ id }) => id);
    return removed(ids, () =>
      db.pendingRegistration.deleteMany({ where: { ...expired, id: { in: ids } } }),
    );
  },
  async invitations(db, before, take) {
    const expired = { expiresAt: { lt: before } };
    const rows = await db.invitation.findMany({ where: expired, select: { id: true }, take });
    const ids = rows.map(({ id }) => id);
    return removed(ids, () => db.invitation.deleteMany({ where: { ...expired, id: { in: ids } } }));
  },
  async undoLinks(db, before, take) {
    const expired = { expiresAt: { lt: before } };
    const rows = await db.undoLink.findMany({ where: expired, select: { id: true }, take });
    const ids = rows.map(({ id }) => id);
    return removed(ids, () => db.undoLink.deleteMany({ where: { ...expired, id: { in: ids } } }));
  },
  async emailChanges(db, before, take) {
    const expired = { expiresAt: { lt: before } };
    const rows = await db.emailChange.findMany({ where: expired, select: { userId: true }, take });
    const ids = rows.map(({ userId }) => userId);
    return removed(ids, () =>
      db.emailChange.deleteMany({ where: { ...expired, userId: { in: ids } } }),
    );
  },
  // Whatever became of it; one that could not be sent until now is of no use any more.
  async mails(db, before, take) {
    const old = { createdAt: { lt: new Date(before.getTime() - MAIL_DAYS * 86_400_000) } };
    const rows = await db.mail.findMany({ where: old, select: { id: true }, take });
    const ids = rows.map(({ id }) => id);
    return removed(ids, () => db.mail.deleteMany({ where: { ...old, id: { in: ids } } }));
  },
};

interface Removed {
  found: number;
  count: number;
}

async function removed(ids: string[], remove: () => Promise<{ count: number }>): Promise<Removed> {
  if (ids.length === 0) return { found: 0, count: 0 };
  const { count } = await remove();
  return { found: ids.length, count };
}

async function removeAll(db: Database, removeSome: (tx: Db) => Promise<Removed>, batch: number) {
  let total = 0;
  for (;;) {
    const { found, count } = await transact(db, removeSome);
    total += count;
    if (found < batch) return total;
  }
}
