import type { Client } from 'oidc-provider';
import { registrationOf } from './clients/client-model.ts';

/** The client that the token was made for, and the API that it is for (RFC 7662 §2.1, RFC 9701 §5). */
export function mayIntrospect(
  client: Client,
  { clientId, aud }: { clientId?: unknown; aud?: unknown },
): boolean {
  if (clientId === client.clientId) return true;
  const { actsAsApi } = registrationOf(client);
  return (
    client.clientAuthMethod !== 'none' &&
    actsAsApi !== undefined &&
    [aud].flat().includes(actsAsApi)
  );
}
