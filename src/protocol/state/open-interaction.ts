import type { Clock } from '../../foundation/clock.ts';
import type { Db } from '../../storage/database.ts';
import { stateId } from './protocol-state.ts';
import { findState } from './protocol-state-store.ts';

/** Whether an authorization request still waits for its person; whose it is, its own pages find out. */
export async function isInteractionOpen(
  { db, clock }: { db: Db; clock: Clock },
  uid: string,
): Promise<boolean> {
  const state = await findState(db, stateId(uid));
  return (
    state?.model === 'Interaction' && state.expiresAt !== null && state.expiresAt > clock.now()
  );
}
