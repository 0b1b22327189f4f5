// The tokens that a request issues: held while the provider makes them one after the other, and stored together, in one
// statement and so one commit, before the answer leaves. Nobody can ask for them earlier, since nobody has them.
import { Provider } from 'oidc-provider';
import { type Database } from '../storage/database.ts';
import { isForeignKeyViolation } from '../storage/database-errors.ts';
import { insertStates, type NewState } from './state/protocol-state-store.ts';

const held = new WeakMap<object, NewState[]>();

const ISSUED = new Set(['AccessToken', 'RefreshToken']);

/** Answers whether the row is held; else it must be stored right away. */
export function holdToken(row: NewState): boolean {
  const request = Provider.ctx;
  const isIssued = request?.oidc.route === 'token' && ISSUED.has(row.model) && row.grantId;
  if (!request || !isIssued) return false;

  const rows = held.get(request) ?? [];
  held.set(request, [...rows, row]);
  return true;
}

/** To be called when the provider is done, whatever became of the request. */
export async function storeHeldTokens(db: Database, request: object): Promise<void> {
  const rows = held.get(request);
  if (!rows) return;

  try {
    await insertStates(db, rows);
  } catch (error) {
    // Their grant ended while they were being made (a replay, a disabled user): they are born dead.
    if (!isForeignKeyViolation(error)) throw error;
  }
}
