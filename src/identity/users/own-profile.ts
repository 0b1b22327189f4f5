// What a person changes of their own profile. It takes the fields that are theirs to change one by one, so that no form
// can bring along another.
import type { Clock } from '../../foundation/clock.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { currentRequest } from '../../operations/request-scope.ts';
import { type Database, transact } from '../../storage/database.ts';
import { readName } from './user-profile.ts';
import { setName } from './user-store.ts';

interface Deps {
  db: Database;
  clock: Clock;
}

/**
 * An empty name is none. The same name again is no change and leaves no event.
 * @throws DomainError `invalid` `name_malformed`
 */
export async function renameUser(
  { db, clock }: Deps,
  { userId, name }: { userId: string; name: string },
): Promise<void> {
  const own = readName(name);
  await transact(db, async (tx) => {
    if (!(await setName(tx, userId, own))) return;
    await appendAuditEvent(tx, clock.now(), {
      type: 'user.updated',
      outcome: 'success',
      actor: { type: 'user', id: userId },
      target: { type: 'user', id: userId },
      request: currentRequest(),
      detail: { field: 'name' },
    });
  });
}
