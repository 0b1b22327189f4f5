// What an operator corrects of a person's profile.
import type { Clock } from '../../foundation/clock.ts';
import type { Actor } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { currentRequest } from '../../operations/request-scope.ts';
import { type Database, transact } from '../../storage/database.ts';
import { readChosenLocale, readName } from './user-profile.ts';
import { setLocale, setName } from './user-store.ts';

interface Correction {
  userId: string;
  /** Empty for none; what is not given stays. */
  name?: string | undefined;
  /** BCP 47; empty for none. */
  locale?: string | undefined;
}

/**
 * The same again is no change and leaves no event.
 * @throws DomainError `invalid` `name_malformed` or `locale_malformed`
 */
export async function correctProfile(
  { db, clock }: { db: Database; clock: Clock },
  { userId, name, locale }: Correction,
  actor: Actor,
): Promise<void> {
  const [called, chosen] = [readName(name), readChosenLocale(locale)];
  await transact(db, async (tx) => {
    const isRenamed = name !== undefined && (await setName(tx, userId, called));
    const isOtherLocale = locale !== undefined && (await setLocale(tx, userId, chosen));
    const fields = [...(isRenamed ? ['name'] : []), ...(isOtherLocale ? ['locale'] : [])];
    if (fields.length === 0) return;
    await appendAuditEvent(tx, clock.now(), {
      type: 'user.updated',
      outcome: 'success',
      actor,
      target: { type: 'user', id: userId },
      request: currentRequest(),
      detail: { field: fields.join(' ') },
    });
  });
}
