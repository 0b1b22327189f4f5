// Tells a person by mail, once a day at most, that guesses at their account are being slowed down. It happens a while
// after the answer, and apart from it, so that the answer takes as long where there is nobody to tell.
import type { Clock } from '../../foundation/clock.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Logger } from '../../operations/log.ts';
import type { Outbox } from '../../operations/mail/outbox.ts';
import { isFirstInPeriod } from '../../operations/once-per-period.ts';
import { type Database, transact } from '../../storage/database.ts';
import type { User } from '../users/users.ts';

const DELAY_MS = 1000;
const DAY_SECONDS = 86_400;

interface Deps {
  db: Database;
  clock: Clock;
  log: Pick<Logger, 'error'>;
  mail: Pick<Outbox, 'available' | 'queue'>;
}

export interface ThrottleNotices {
  /** Soon, and once a day. */
  tell(user: User, facts: RequestFacts): void;
  /** Those that wait are dropped, which the next guess that is refused makes up for; those under way are awaited. */
  close(): Promise<void>;
}

export function createThrottleNotices(deps: Deps): ThrottleNotices {
  const waiting = new Set<NodeJS.Timeout>();
  const underWay = new Set<Promise<void>>();

  async function attempt(user: User, facts: RequestFacts): Promise<void> {
    try {
      await noticeOnceADay(deps, user, facts);
    } catch (error) {
      deps.log.error({ err: error }, 'a person could not be told of guesses at their account');
    }
  }

  return {
    tell(user, facts) {
      const timer = setTimeout(() => {
        waiting.delete(timer);
        const notice = attempt(user, facts).finally(() => underWay.delete(notice));
        underWay.add(notice);
      }, DELAY_MS).unref();
      waiting.add(timer);
    },
    async close() {
      for (const timer of waiting) clearTimeout(timer);
      await Promise.all(underWay);
    },
  };
}

/** Without mail, or an address, the audit event alone. */
async function noticeOnceADay(
  { db, clock, mail }: Deps,
  { id, email, disabledAt }: User,
  facts: RequestFacts,
): Promise<void> {
  if (disabledAt) return;

  const at = clock.now();
  await transact(db, async (tx) => {
    const period = { name: `sign-in-throttled:${id}`, seconds: DAY_SECONDS };
    if (!(await isFirstInPeriod(tx, period, at))) return;

    await appendAuditEvent(tx, at, {
      type: 'sign_in.throttled',
      outcome: 'refused',
      actor: { type: 'anonymous' },
      target: { type: 'user', id },
      request: facts,
    });
    if (!email || !mail.available) return;
    await mail.queue(tx, {
      kind: 'sign-in-throttled',
      to: email,
      userId: id,
      data: { at, from: { address: facts.address } },
    });
  });
}
