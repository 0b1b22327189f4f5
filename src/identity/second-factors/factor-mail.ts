import type { Clock } from '../../foundation/clock.ts';
import type { CredentialChange } from '../../operations/mail/mail-kinds.ts';
import type { Outbox } from '../../operations/mail/outbox.ts';
import type { Db } from '../../storage/database.ts';
import { getUser } from '../users/users.ts';

export interface FactorMailDeps {
  clock: Clock;
  mail: Pick<Outbox, 'available' | 'queue'>;
}

interface Change {
  userId: string;
  change: CredentialChange;
  /** Absent when an operator did it. */
  address?: string | undefined;
}

/** Whoever did not change it learns so. Where no mail is sent, none is kept for later: it would alarm too late. */
export async function tellOfChange(
  tx: Db,
  { mail, clock }: FactorMailDeps,
  { userId, change, address }: Change,
): Promise<void> {
  if (!mail.available) return;
  const { email } = await getUser({ db: tx }, userId);
  if (!email) return;
  await mail.queue(tx, {
    kind: 'credential-changed',
    to: email,
    userId,
    data: { change, at: clock.now(), ...(address && { from: { address } }) },
  });
}
