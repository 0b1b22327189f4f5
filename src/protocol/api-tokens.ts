import type { Db } from '../storage/database.ts';
import { deleteStatesOfAudience } from './state/protocol-state-store.ts';

/** Ends the opaque tokens made for an API that is no more; its JWTs run out by themselves within minutes. */
export function endTokensOfApi(tx: Db, identifier: string): Promise<void> {
  return deleteStatesOfAudience(tx, identifier);
}
