// The mail that tells a person of a new password: whoever did not set it learns so. It never holds the password.
import type { Clock } from '../../foundation/clock.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import type { Outbox } from '../../operations/mail/outbox.ts';
import type { Db } from '../../storage/database.ts';

export interface NoticeDeps {
  clock: Clock;
  mail: Pick<Outbox, 'available' | 'queue'>;
}

interface Notice {
  user: { id: string; email: string | null };
  /** Where the request came from, if it was one. */
  from?: Pick<RequestFacts, 'address'> | undefined;
}

/** Where no mail is sent, none is kept for later either: it would alarm too late. */
export async function tellOfNewPassword(
  tx: Db,
  { mail, clock }: NoticeDeps,
  { user: { id, email }, from }: Notice,
): Promise<void> {
  if (!email || !mail.available) return;
  await mail.queue(tx, {
    kind: 'credential-changed',
    to: email,
    userId: id,
    data: {
      change: 'password-set',
      at: clock.now(),
      ...(from && { from: { address: from.address } }),
    },
  });
}
