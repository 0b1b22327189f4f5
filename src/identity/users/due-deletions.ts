// Deletes the accounts whose waiting period is over, each in a transaction of its own, with its event; any number of
// nodes may do it at once. Who became indispensable meanwhile stays scheduled, and the log says so.
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Job } from '../../operations/jobs/scheduler.ts';
import type { Logger } from '../../operations/log.ts';
import { type Database, transact } from '../../storage/database.ts';
import { isForeignKeyViolation } from '../../storage/database-errors.ts';
import * as deletion from './deletion-store.ts';
import { assertDispensable } from './dispensable-user.ts';
import * as store from './user-store.ts';

interface Deps {
  db: Database;
  clock: Clock;
  log: Pick<Logger, 'warn'>;
}

const BATCH = 100;

export function accountDeletionJob(deps: Deps): Job {
  return { name: 'account-deletion', everySeconds: 5 * 60, run: () => deleteDueAccounts(deps) };
}

/** @param batch accounts to look for at a time @returns how many were deleted */
export async function deleteDueAccounts(
  deps: Deps,
  { batch = BATCH }: { batch?: number } = {},
): Promise<{ deleted: number }> {
  const now = deps.clock.now();
  let [deleted, after] = [0, ''];
  for (;;) {
    const ids = await deletion.listDue(deps.db, { now, after, take: batch });
    for (const id of ids) if (await deleteDue(deps, id, now)) deleted += 1;
    after = ids.at(-1) ?? '';
    if (ids.length < batch) return { deleted };
  }
}

async function deleteDue({ db, log }: Deps, id: string, now: Date): Promise<boolean> {
  try {
    return await transact(db, async (tx) => {
      const user = await store.find(tx, id);
      if (!user) return false;
      await assertDispensable(tx, user);
      if (!(await deletion.removeDue(tx, id, now))) return false;

      await appendAuditEvent(tx, now, {
        type: 'user.deleted',
        outcome: 'success',
        actor: { type: 'system' },
        target: { type: 'user', id },
        detail: { by: 'schedule' },
      });
      return true;
    });
  } catch (error) {
    if (!(error instanceof DomainError) && !isForeignKeyViolation(error)) throw error;
    log.warn({ user: id, err: error }, 'an account that is due cannot be deleted yet');
    return false;
  }
}
