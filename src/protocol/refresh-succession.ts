// Rotation with a grace: the successor of a refresh token is derived from it (HMAC under a key that is
// not in the database), so that a client which repeats a rotation, because the answer was lost or two
// tabs were at it, is given the same successor. There is never a second family, and after the grace,
// or once the successor has been used, reuse is detected as ever (RFC 9700 §4.14.2).
import { createHmac } from 'node:crypto';
import type { Clock } from '../foundation/clock.ts';
import type { Database } from '../storage/database.ts';
import { findState } from './state/protocol-state-store.ts';
import { stateId } from './state/protocol-state.ts';

export interface Succession {
  successorOf(refreshToken: string): string;
  /** Whether a consumed token is repeated within the grace, its successor still unused. */
  isRetry(refreshToken: string, consumedAt: Date): Promise<boolean>;
  /** The same, for the caller that lost the race to consume it. */
  mayRepeat(refreshToken: string): Promise<boolean>;
}

interface Deps {
  db: Database;
  clock: Clock;
  key: Buffer;
  graceSeconds: number;
}

export function createSuccession({ db, clock, key, graceSeconds }: Deps): Succession {
  const successorOf = (refreshToken: string) =>
    createHmac('sha256', key).update(refreshToken).digest('base64url');

  async function isRetry(refreshToken: string, consumedAt: Date): Promise<boolean> {
    const age = clock.now().getTime() - consumedAt.getTime();
    if (age >= graceSeconds * 1000) return false;

    const successor = await findState(db, stateId(successorOf(refreshToken)));
    return !successor?.consumedAt;
  }

  return {
    successorOf,
    isRetry,
    async mayRepeat(refreshToken) {
      const row = await findState(db, stateId(refreshToken));
      return row?.consumedAt ? isRetry(refreshToken, row.consumedAt) : false;
    },
  };
}
