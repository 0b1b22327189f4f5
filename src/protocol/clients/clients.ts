// Client applications: registering, showing, disabling and deleting them (RFC 6749 §2, RFC 7591 names).
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../foundation/clock.ts';
import { resolveOwner } from '../../authorization/ownership/ownership.ts';
import { DomainError } from '../../foundation/errors.ts';
import { hashSecret, newSecret } from '../../foundation/secrets.ts';
import type { Actor, AuditEventType } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import { bumpRevision } from '../../storage/revisions.ts';
import { allowApis } from './client-permissions.ts';
import { CLIENT_PRESETS } from './client-presets.ts';
import { checkNewClient, type NewClient, toClientRow } from './new-client.ts';
import * as store from './client-store.ts';
import { type RegisteredClient, toRegisteredClient } from './registered-client.ts';

interface Deps {
  db: Database;
  clock: Clock;
}

/**
 * Registers a client. The secret, if its way of authenticating has one, is in the answer and nowhere else.
 * @throws DomainError naming the field that is wrong
 */
export async function createClient(
  { db, clock }: Deps,
  request: NewClient,
  actor: Actor,
): Promise<{ client: RegisteredClient; secret?: string }> {
  checkNewClient(request);
  const id = newClientId();
  const secret = needsSecret(request) ? newSecret() : undefined;

  await transact(db, async (tx) => {
    await store.insertClient(tx, toClientRow(id, request, await linksOf(tx, request, actor)));
    if (secret) await store.insertSecret(tx, { clientId: id, secretHash: hashSecret(secret) });
    await allowApis(tx, id, request);
    await appendAuditEvent(tx, clock.now(), audit('client.created', id, actor));
    await bumpRevision(tx, 'clients');
  });
  const client = await getClient({ db }, id);
  return { client, ...(secret && { secret }) };
}

export async function listClients({ db }: { db: Db }): Promise<RegisteredClient[]> {
  return (await store.listClientRows(db)).map(toRegisteredClient);
}

/** What they are called, by id; built-in ones too. */
export async function namesOfClients(
  { db }: { db: Db },
  ids: string[],
): Promise<Map<string, string>> {
  const rows = await store.listClientNames(db, ids);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** @throws DomainError client_not_found, also for one that is built in */
export async function getClient({ db }: { db: Db }, id: string): Promise<RegisteredClient> {
  const row = await store.findClientRow(db, id);
  if (!row || row.builtIn) throw unknownClient(id);
  return toRegisteredClient(row);
}

/** Ends all it holds at once: grants, tokens, requests under way. Its registration stays. */
export function disableClient({ db, clock }: Deps, id: string, actor: Actor): Promise<void> {
  return transact(db, async (tx) => {
    if (!(await store.markDisabled(tx, id, clock.now()))) throw unknownClient(id);
    await store.endAuthorizations(tx, id);
    await appendAuditEvent(tx, clock.now(), audit('client.disabled', id, actor));
    await bumpRevision(tx, 'clients');
  });
}

/** Deletes it, and with it its secrets, consents, grants and tokens. */
export function deleteClient({ db, clock }: Deps, id: string, actor: Actor): Promise<void> {
  return transact(db, async (tx) => {
    if (!(await store.deleteClientRow(tx, id))) throw unknownClient(id);
    await appendAuditEvent(tx, clock.now(), audit('client.deleted', id, actor));
    await bumpRevision(tx, 'clients');
  });
}

/** 128 random bits in hex: safe unencoded in a URL, a header and a shell. */
export function newClientId(): string {
  return randomBytes(16).toString('hex');
}

export function unknownClient(id: string): DomainError {
  return new DomainError('not-found', 'client_not_found', `There is no such client: ${id}`);
}

export function audit(type: AuditEventType, id: string, actor: Actor) {
  return { type, outcome: 'success', actor, target: { type: 'client', id } } as const;
}

function needsSecret({ type, tokenEndpointAuthMethod }: NewClient): boolean {
  const method = tokenEndpointAuthMethod ?? CLIENT_PRESETS[type].tokenEndpointAuthMethod;
  return method.startsWith('client_secret');
}

async function linksOf(tx: Db, { ownerId, actsAsApi }: NewClient, actor: Actor) {
  return {
    ownerId: await resolveOwner(tx, { ownerId, actor }),
    actsAsApiId: actsAsApi ? await apiIdOf(tx, actsAsApi) : null,
  };
}

async function apiIdOf(tx: Db, identifier: string): Promise<string> {
  const api = await store.findApiId(tx, identifier);
  if (!api)
    throw new DomainError('invalid', 'unknown_api', `actsAsApi: there is no API ${identifier}`);
  return api.id;
}
