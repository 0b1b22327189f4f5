// Initial access tokens (RFC 7591 §1.2): who holds one may register clients until it expires.
import type { Clock } from '../../foundation/clock.ts';
import { newSecret } from '../../foundation/secrets.ts';
import type { Actor } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { type Database, transact } from '../../storage/database.ts';
import { addState } from '../state/protocol-state.ts';

interface Deps {
  db: Database;
  clock: Clock;
  stateKey: Buffer;
}

/** The token is in the answer and nowhere else. */
export async function createRegistrationToken(
  { db, clock, stateKey }: Deps,
  { expiresAt }: { expiresAt: Date },
  actor: Actor,
): Promise<{ token: string }> {
  const token = newSecret();
  const now = clock.now();
  const payload = {
    iat: Math.floor(now.getTime() / 1000),
    exp: Math.floor(expiresAt.getTime() / 1000),
  };

  await transact(db, async (tx) => {
    await addState({ db: tx, stateKey }, { model: 'InitialAccessToken', id: token }, payload);
    await appendAuditEvent(tx, now, {
      type: 'registration_token.created',
      outcome: 'success',
      actor,
      detail: { expiresAt: expiresAt.toISOString() },
    });
  });
  return { token };
}
