// What the provider stores and deletes of clients: dynamic registrations (RFC 7591, 7592). The policy
// is applied here, where no registration can pass without it.
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { resolveOwner } from '../../authorization/ownership/ownership.ts';
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import { hashSecret } from '../../foundation/secrets.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import { bumpRevision } from '../../storage/revisions.ts';
import { currentFacts } from '../request-of-provider.ts';
import { SECRET_PLACEHOLDER } from './client-metadata.ts';
import * as store from './client-store.ts';
import { audit } from './clients.ts';
import { applyRegistrationPolicy } from './registration-policy.ts';

export type ClientAdapter = Pick<Adapter, 'upsert' | 'destroy'>;

interface Deps {
  db: Database;
  clock: Clock;
}

export function createClientAdapter(deps: Deps): ClientAdapter {
  return {
    upsert: (id, metadata) => transact(deps.db, (tx) => register(tx, deps, { id, metadata })),
    destroy: (id) => transact(deps.db, (tx) => unregister(tx, deps, id)),
  };
}

interface Registration {
  id: string;
  metadata: AdapterPayload;
}

async function register(tx: Db, { clock }: Deps, { id, metadata }: Registration): Promise<void> {
  const row = applyRegistrationPolicy(metadata);
  const updated = await store.updateClient(tx, id, row);
  if (!updated) {
    const ownerId = await ownerOf(tx, id);
    await store.insertClient(tx, { id, ownerId, dynamicallyRegistered: true, ...row });
  }
  if (!row.tokenEndpointAuthMethod.startsWith('client_secret')) await store.deleteSecrets(tx, id);
  else await keepSecret(tx, id, metadata.client_secret);

  const type = updated ? 'client.updated' : 'client.created';
  await appendAuditEvent(tx, clock.now(), { ...audit(type, id, actor(id)), ...currentRequest() });
  await bumpRevision(tx, 'clients');
}

/** @throws InvalidRequest when nobody is left to answer for what registers itself */
async function ownerOf(tx: Db, id: string): Promise<string | null> {
  try {
    return await resolveOwner(tx, { actor: actor(id) });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new errors.InvalidRequest('nobody here can answer for a new client at the moment');
  }
}

/** Unless it is one that the client has, and repeats. */
async function keepSecret(tx: Db, clientId: string, secret: string | undefined): Promise<void> {
  if (!secret || secret === SECRET_PLACEHOLDER) return;
  const row = { clientId, secretHash: hashSecret(secret) };
  if (!(await store.hasSecret(tx, row))) await store.insertSecret(tx, row);
}

async function unregister(tx: Db, { clock }: Deps, id: string): Promise<void> {
  if (!(await store.deleteClientRow(tx, id))) throw new errors.InvalidToken('client not found');
  await appendAuditEvent(tx, clock.now(), {
    ...audit('client.deleted', id, actor(id)),
    ...currentRequest(),
  });
  await bumpRevision(tx, 'clients');
}

const actor = (id: string) => ({ type: 'client', id }) as const;

function currentRequest() {
  const { request, clientId } = currentFacts();
  return { request, clientId };
}
