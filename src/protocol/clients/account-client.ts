// The client that /account signs in with: a row, because grants and requests hang on one, made at installation. It
// belongs to the installation for ever. It has no secret and so can redeem no code, and neither can anybody else: it
// wants the browser signed in, which the session tells, and no tokens.
import type { Config } from '../../config.ts';
import type { Clock } from '../../foundation/clock.ts';
import type { Language } from '../../http/language.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/database-errors.ts';
import { bumpRevision } from '../../storage/revisions.ts';
import * as store from './client-store.ts';
import { audit } from './clients.ts';

export const ACCOUNT_CLIENT_ID = 'latchkey-account';

/** Where it is answered, under the issuer. */
export const ACCOUNT_CALLBACK = '/account/signed-in';

/** The built-in client's name is ours, and said in the language of the page; all others are their owners'. */
export function shownName(client: { id: string; name: string }, { say }: Language): string {
  return client.id === ACCOUNT_CLIENT_ID ? say('account.app') : client.name;
}

interface Deps {
  config: Pick<Config, 'issuer'>;
  db: Database;
  clock: Clock;
}

/** Makes it where it is missing, and lets it follow the issuer. Any number of nodes may do it at once. */
export async function ensureAccountClient({ config, db, clock }: Deps): Promise<void> {
  const callback = `${config.issuer}${ACCOUNT_CALLBACK}`;
  const row = await store.findClientRow(db, ACCOUNT_CLIENT_ID);

  await transact(db, async (tx) => {
    if (!row) await insert(tx, callback);
    else if (!(await store.moveBuiltInClient(tx, ACCOUNT_CLIENT_ID, [callback]))) return;
    const type = row ? 'client.updated' : 'client.created';
    await appendAuditEvent(tx, clock.now(), audit(type, ACCOUNT_CLIENT_ID, { type: 'system' }));
    await bumpRevision(tx, 'clients');
  }).catch((error: unknown) => {
    if (!isUniqueViolation(error)) throw error; // Else another node was first, and made the same.
  });
}

function insert(tx: Db, callback: string): Promise<void> {
  return store.insertClient(tx, {
    id: ACCOUNT_CLIENT_ID,
    name: 'Your account',
    type: 'web',
    firstParty: true,
    builtIn: true,
    grantTypes: ['authorization_code'],
    tokenEndpointAuthMethod: 'client_secret_basic',
    redirectUris: [callback],
    postLogoutRedirectUris: [],
    scope: 'openid',
    defaultScope: 'openid',
    // There is no token request that a verifier could protect.
    requirePkce: false,
  });
}
