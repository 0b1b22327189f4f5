// Tells applications that sessions of theirs have ended (OIDC Back-Channel Logout 1.0) where no logout page of the
// provider's does. What an application doesn't receive is logged, and nothing waits for it to come back.
import type { Client } from 'oidc-provider';
import type { Logger } from '../../operations/log.ts';
import type { LiveProvider } from '../live-provider.ts';
import type { EndedAuthorization } from './own-sessions.ts';

interface Deps {
  live: LiveProvider;
  log: Pick<Logger, 'warn'>;
}

/** What the types of the provider leave out. */
type Told = Client & { backchannelLogout(sub: string, sid: string | undefined): Promise<void> };

export async function tellLogout(deps: Deps, ended: EndedAuthorization[]): Promise<void> {
  await Promise.all(ended.map((one) => tell(deps, one)));
}

async function tell({ live, log }: Deps, { userId, clientId, sid }: EndedAuthorization) {
  const { Client } = await live.current();
  const client = await Client.find(clientId);
  if (!client?.['backchannelLogoutUri']) return;

  await (client as Told).backchannelLogout(userId, sid).catch((err: unknown) => {
    log.warn({ err, clientId }, 'back-channel logout was not received');
  });
}
