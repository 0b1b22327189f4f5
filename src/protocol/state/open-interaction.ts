import type { Clock } from '../../foundation/clock.ts';
import type { Db } from '../../storage/database.ts';
import { stateId } from './protocol-state.ts';
import { findState } from './protocol-state-store.ts';

interface Deps {
  db: Db;
  clock: Clock;
}

/** An authorization request that waits for its person, or did until its time was over; no other browser's business. */
export async function findInteraction({ db, clock }: Deps, uid: string) {
  const state = await findState(db, stateId(uid));
  if (state?.model !== 'Interaction') return undefined;
  const isOpen = state.expiresAt !== null && state.expiresAt > clock.now();
  return { isOpen, clientId: state.clientId ?? undefined };
}

/** Whether an authorization request still waits for its person; whose it is, its own pages find out. */
export async function isInteractionOpen(deps: Deps, uid: string): Promise<boolean> {
  return (await findInteraction(deps, uid))?.isOpen ?? false;
}
