// Whether a stored token is still good for anything, besides its own lifetime.
import type { ClientRegistry } from './clients/client-registry.ts';
import type { AllowedApi } from './clients/registered-client.ts';
import type { StateRow } from './state/protocol-state-store.ts';

const TOKENS = new Set(['AccessToken', 'ClientCredentials', 'RefreshToken']);

/** A token that was issued while its client or API was being disabled ends with them all the same. */
export async function isInForce(
  { registry }: { registry: ClientRegistry },
  row: StateRow,
): Promise<boolean> {
  if (!TOKENS.has(row.model)) return true;

  const client = await registry.find(row.clientId ?? '');
  const isForApi = ({ identifier }: AllowedApi) => identifier === row.audience;
  return client !== undefined && (row.audience === null || client.apis.some(isForApi));
}
