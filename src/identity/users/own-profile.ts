// What a person changes of their own profile. It takes the fields that are theirs to change one by one, so that no form
// can bring along another.
import type { Clock } from '../../foundation/clock.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { currentRequest } from '../../operations/request-scope.ts';
import { type Database, transact } from '../../storage/database.ts';
import { changeDetails } from '../profiles/profiles.ts';
import type { Details } from '../profiles/standard-claims.ts';
import { readChosenLocale, readName } from './user-profile.ts';
import { setLocale, setName } from './user-store.ts';

interface Deps {
  db: Database;
  clock: Clock;
}

export interface OwnProfile {
  userId: string;
  /** Empty for none. */
  name: string;
  /** BCP 47, empty for none; without it, the one there is stays. */
  locale?: string | undefined;
  /** Those that are not here stay. */
  details?: Partial<Details> | undefined;
}

/**
 * The same again is no change and leaves no event.
 * @throws DomainError `invalid` `name_malformed` or `locale_malformed`
 */
export async function changeOwnProfile(
  { db, clock }: Deps,
  { userId, name, locale, details = {} }: OwnProfile,
): Promise<void> {
  const own = readName(name);
  const chosen = locale === undefined ? undefined : readChosenLocale(locale);
  await transact(db, async (tx) => {
    const changed = [
      ...((await setName(tx, userId, own)) ? ['name'] : []),
      ...(chosen !== undefined && (await setLocale(tx, userId, chosen)) ? ['locale'] : []),
      ...(await changeDetails(tx, userId, details)),
    ];
    if (changed.length === 0) return;
    await appendAuditEvent(tx, clock.now(), {
      type: 'user.updated',
      outcome: 'success',
      actor: { type: 'user', id: userId },
      target: { type: 'user', id: userId },
      request: currentRequest(),
      detail: { field: changed.join(' ') },
    });
  });
}
