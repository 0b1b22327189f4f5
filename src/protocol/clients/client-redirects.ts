import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { Actor } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { currentRequest } from '../../operations/request-scope.ts';
import { type Database, transact } from '../../storage/database.ts';
import { bumpRevision } from '../../storage/revisions.ts';
import * as store from './client-store.ts';
import { faultOfRedirectUri } from './client-uris.ts';
import { audit, getClient } from './clients.ts';

interface Deps {
  db: Database;
  clock: Clock;
}

interface Redirects {
  clientId: string;
  redirectUri: string;
  postLogoutRedirectUri: string;
}

/**
 * Adds one URI of each kind to those that the client is registered with, unless they are there.
 * @throws DomainError client_not_found, invalid_client_metadata
 */
export function addRedirectUris(
  { db, clock }: Deps,
  { clientId, redirectUri, postLogoutRedirectUri }: Redirects,
  actor: Actor,
): Promise<void> {
  return transact(db, async (tx) => {
    await bumpRevision(tx, 'clients'); // locks the counter's row: of two at a time, the second sees the first one's
    const client = await getClient({ db: tx }, clientId);
    for (const uri of [redirectUri, postLogoutRedirectUri]) {
      const fault = faultOfRedirectUri(uri, client.type);
      if (fault) {
        throw new DomainError(
          'invalid',
          'invalid_client_metadata',
          `redirectUris: ${uri} ${fault}`,
        );
      }
    }

    await store.updateClient(tx, clientId, {
      redirectUris: withUri(client.redirectUris, redirectUri),
      postLogoutRedirectUris: withUri(client.postLogoutRedirectUris, postLogoutRedirectUri),
    });
    const event = audit('client.updated', clientId, actor);
    await appendAuditEvent(tx, clock.now(), { ...event, request: currentRequest() });
  });
}

const withUri = (uris: string[], uri: string) => [...new Set([...uris, uri])];
