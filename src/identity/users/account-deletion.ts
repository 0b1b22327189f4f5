// The end of an account, with a waiting period: everything that the person is signed in to ends at once, and until the
// account is due they keep it by signing in. Whoever others depend on cannot leave: the owner of a client or an API,
// and the last administrator.
import type { Config } from '../../config.ts';
import type { Clock } from '../../foundation/clock.ts';
import type { Actor, AuditEventType } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Outbox } from '../../operations/mail/outbox.ts';
import { currentRequest } from '../../operations/request-scope.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import * as deletion from './deletion-store.ts';
import { assertDispensable } from './dispensable-user.ts';
import * as store from './user-store.ts';
import { userNotFound } from './users.ts';

export interface DeletionDeps {
  db: Database;
  clock: Clock;
  mail: Pick<Outbox, 'available' | 'queue'>;
  config: Pick<Config, 'accountDeletionDays'>;
}

const DAY_MS = 86_400_000;

/**
 * Ends the person's sessions, grants and tokens, and has the account deleted after the waiting period. Twice is once.
 * @returns when it is due
 * @throws DomainError `not-found` `user_not_found`; `conflict` `user_owns` or `last_administrator`
 */
export function scheduleDeletion(deps: DeletionDeps, id: string, actor: Actor): Promise<Date> {
  const now = deps.clock.now();
  const dueAt = new Date(now.getTime() + deps.config.accountDeletionDays * DAY_MS);
  return transact(deps.db, async (tx) => {
    const user = await store.find(tx, id);
    if (!user) throw userNotFound();
    await assertDispensable(tx, user);
    if (!(await deletion.scheduleDeletion(tx, id, dueAt))) return user.deletionDueAt ?? dueAt;

    await store.endAccess(tx, id);
    await record(tx, now, { type: 'user.deletion_scheduled', id, actor });
    const { email } = user;
    if (email !== null && deps.mail.available) {
      const data = { dueAt, path: '/account' } as const;
      await deps.mail.queue(tx, { kind: 'deletion-scheduled', to: email, userId: id, data });
    }
    return dueAt;
  });
}

/**
 * What ended stays ended, but the account stays. Twice is once.
 * @throws DomainError `not-found` `user_not_found` when it was deleted meanwhile
 */
export async function keepAccount(deps: DeletionDeps, id: string, actor: Actor): Promise<void> {
  const now = deps.clock.now();
  await transact(deps.db, async (tx) => {
    const user = await store.find(tx, id);
    if (!user) throw userNotFound();
    if (!(await deletion.cancelDeletion(tx, id))) return;

    await record(tx, now, { type: 'user.deletion_cancelled', id, actor });
    const { email } = user;
    if (email === null || !deps.mail.available) return;
    const from = currentRequest();
    const data = { at: now, ...(from && { from: { address: from.address } }) };
    await deps.mail.queue(tx, { kind: 'deletion-cancelled', to: email, userId: id, data });
  });
}

interface Act {
  type: Extract<AuditEventType, `user.deletion_${string}`>;
  id: string;
  actor: Actor;
}

async function record(tx: Db, at: Date, { type, id, actor }: Act): Promise<void> {
  await appendAuditEvent(tx, at, {
    type,
    outcome: 'success',
    actor,
    target: { type: 'user', id },
    request: currentRequest(),
  });
}
