// An authorization code is worth one attempt: whoever presents it with a wrong verifier or redirect URI has got hold
// of it without the request that it belongs to (RFC 9700 §4.5), and gets no second guess. The provider by itself would
// let the code live. What was used before stays, since using it again must still end the whole grant.
import type { Context } from 'koa';
import type { Db } from '../storage/database.ts';
import { oidcOf } from './oidc-context.ts';
import type { ProviderRefusal } from './provider-events.ts';
import { stateId } from './state/protocol-state.ts';
import { deleteUnusedState } from './state/protocol-state-store.ts';

export async function burnRefusedCode(
  db: Db,
  ctx: Context,
  { event, error }: ProviderRefusal,
): Promise<void> {
  if (event !== 'grant.error' || error.message !== 'invalid_grant') return;

  const { params, client } = oidcOf(ctx) ?? {};
  const { grant_type: grantType, code } = params ?? {};
  if (grantType !== 'authorization_code' || typeof code !== 'string' || !client) return;
  const { clientId } = client;
  await deleteUnusedState(db, { id: stateId(code), model: 'AuthorizationCode', clientId });
}
