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
  deps: Deps,
  { clientId, keepOldSeconds, expiresAt }: Rotation,
  actor: Actor,
): Promise<{ secret: string; expiresAt?: Date }> {
  const oldUntil = new Date(deps.clock.now().getTime() + keepOldSeconds * 1000);
  const secret = await addSecret(deps, { clientId, expiresAt, oldUntil }, actor);
  return { secret, ...(expiresAt && { expiresAt }) };
}

/** Adds a secret beside the present ones; it is in the answer and nowhere else. */
export function addClientSecret(
  deps: Deps,
  { clientId, expiresAt }: { clientId: string; expiresAt: Date },
  actor: Actor,
): Promise<string> {
  return addSecret(deps, { clientId, expiresAt }, actor);
}

interface Addition {
  clientId: string;
  expiresAt?: Date | undefined;
  /** How long the present ones may go on; as they are, if absent. */
  oldUntil?: Date | undefined;
}

async function addSecret({ db, clock }: Deps, addition: Addition, actor: Actor): Promise<string> {
  const { clientId, expiresAt, oldUntil } = addition;
  const secret = newSecret();
  const client = await getClient({ db }, clientId);
  if (!client.tokenEndpointAuthMethod.startsWith('client_secret')) throw hasNoSecret(client);

  await transact(db, async (tx) => {
    const now = clock.now();
    const request = currentRequest();
    const removed = await store.deleteSecretsExpiredBefore(tx, clientId, now);
    if (removed > 0) {
      const event = audit('client.secret_removed', clientId, actor);
      await appendAuditEvent(tx, now, { ...event, request, detail: { count: removed } });
    }
    if (oldUntil) await store.limitSecrets(tx, clientId, oldUntil);
    await store.insertSecret(tx, { clientId, secretHash: hashSecret(secret), expiresAt });
    const event = audit('client.secret_added', clientId, actor);
    await appendAuditEvent(tx, now, { ...event, request });
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
