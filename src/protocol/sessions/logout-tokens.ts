// Tells an application that a session of it has ended (OIDC Back-Channel Logout 1.0), where no logout page of the
// provider's does.
import type { Client } from 'oidc-provider';
import type { EndedSession } from '../../operations/logout-notices/logout-notice-job.ts';
import type { LiveProvider } from '../live-provider.ts';

/** What the types of the provider leave out. */
type Told = Client & { backchannelLogout(sub: string, sid: string | undefined): Promise<void> };

/**
 * Does nothing for a client that is gone, was disabled or does not want to be told.
 * @throws what the request failed with
 */
export async function tellLogout(
  { live }: { live: LiveProvider },
  { userId, clientId, sid }: EndedSession,
): Promise<void> {
  const { Client } = await live.current();
  const client = await Client.find(clientId);
  if (!client?.['backchannelLogoutUri']) return;

  await (client as Told).backchannelLogout(userId, sid ?? undefined);
}
