// The applications that are to be told when sessions end (OIDC Back-Channel Logout 1.0): written down in the transaction
// that ends them, whoever does so, a page, a mailed link or the command line. What is told and how is the protocol's.
import * as z from 'zod';
import type { Db } from '../../storage/database.ts';
import * as store from './logout-notice-store.ts';

/** Of what the provider keeps in a session: the applications that were signed in to by it, by their client_id. */
const kept = z.object({
  authorizations: z.record(z.string(), z.object({ sid: z.string().optional() })).default({}),
});

/**
 * Call it before the sessions are deleted, in the transaction that does. Nothing is sent before its commit, and nothing
 * when it is rolled back.
 */
export async function queueLogoutNotices(tx: Db, ending: store.EndingSessions): Promise<void> {
  const sessions = await store.lockSessions(tx, ending);
  const signedInTo = sessions.flatMap(({ payload }) =>
    Object.entries(kept.parse(payload).authorizations).map(([clientId, { sid }]) => ({
      userId: ending.userId,
      clientId,
      sid,
    })),
  );
  const clientIds = new Set(signedInTo.map(({ clientId }) => clientId));
  const listening = await store.findListening(tx, [...clientIds]);
  await store.insert(
    tx,
    signedInTo.filter(({ clientId }) => listening.has(clientId)),
  );
}
