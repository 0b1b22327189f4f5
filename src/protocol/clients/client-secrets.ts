// A client's secrets: several at a time, each with its own end, so that one replaces another without
// an outage. Only hashes are kept, of 256 random bits, so a plain digest is enough.
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import { hashSecret, isSameSecret, newSecret } from '../../foundation/secrets.ts';
import type { Actor } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { currentRequest } from '../../operations/request-scope.ts';
import { type Database, transact } from '../../storage/database.ts';
import { bumpRevision } from '../../storage/revisions.ts';
import { audit, getClient } from './clients.ts';
import * as store from './client-store.ts';
import type { RegisteredClient } from './registered-client.ts';

interface Deps {
  db: Database;
  clock: Clock;
}

interface Rotation {
  clientId: string;
  /** How long the present secrets go on working beside the new one. */
  keepOldSeconds: number;
  /** When the new one ends; never, if absent. */
  expiresAt?: Date | undefined;
}

/** Adds a secret, which is in the answer and nowhere else, and lets the older ones run out. */
export async function rotateClientSecret(
  { db, clock }: Deps,
  { clientId, keepOldSeconds, expiresAt }: Rotation,
  actor: Actor,
): Promise<{ secret: string; expiresAt?: Date }> {
  const secret = newSecret();
  await transact(db, async (tx) => {
    const client = await getClient({ db: tx }, clientId);
    if (!client.tokenEndpointAuthMethod.startsWith('client_secret')) throw hasNoSecret(client);

    const now = clock.now();
    await store.deleteSecretsExpiredBefore(tx, clientId, now);
    await store.limitSecrets(tx, clientId, new Date(now.getTime() + keepOldSeconds * 1000));
    await store.insertSecret(tx, { clientId, secretHash: hashSecret(secret), expiresAt });
    await appendAuditEvent(tx, now, audit('client.secret_added', clientId, actor));
    await bumpRevision(tx, 'clients');
  });
  return { secret, ...(expiresAt && { expiresAt }) };
}

interface Addition {
  clientId: string;
  /** When the secret ends. */
  expiresAt: Date;
}

/** Adds a secret beside the present ones; it is in the answer and nowhere else. */
export async function addClientSecret(
  { db, clock }: Deps,
  { clientId, expiresAt }: Addition,
  actor: Actor,
): Promise<string> {
  const secret = newSecret();
  await transact(db, async (tx) => {
    const client = await getClient({ db: tx }, clientId);
    if (!client.tokenEndpointAuthMethod.startsWith('client_secret')) throw hasNoSecret(client);

    const now = clock.now();
    await store.deleteSecretsExpiredBefore(tx, clientId, now);
    await store.insertSecret(tx, { clientId, secretHash: hashSecret(secret), expiresAt });
    const event = audit('client.secret_added', clientId, actor);
    await appendAuditEvent(tx, now, { ...event, request: currentRequest() });
    await bumpRevision(tx, 'clients');
  });
  return secret;
}

/** Compares with every secret that has not ended, in constant time each. */
export function isClientSecret(
  { secrets }: RegisteredClient,
  presented: string,
  now: Date,
): boolean {
  const hash = hashSecret(presented);
  return secrets
    .filter(({ expiresAt }) => !expiresAt || expiresAt > now)
    .map((secret) => isSameSecret(secret.hash, hash))
    .includes(true);
}

function hasNoSecret({ name, tokenEndpointAuthMethod }: RegisteredClient): DomainError {
  return new DomainError(
    'invalid',
    'client_has_no_secret',
    `${name} authenticates with ${tokenEndpointAuthMethod}, which has no secret.`,
  );
}
