// Who answers for a client or an API. Everything registered has an accountable owner, a person; until the first
// administrator exists that is the installation itself (no owner), which hands everything over at setup.
import { DomainError } from '../../foundation/errors.ts';
import type { Clock } from '../../foundation/clock.ts';
import type { Actor, AuditEventType } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import { bumpRevision } from '../../storage/revisions.ts';
import * as store from './ownership-store.ts';

interface Registration {
  /** The person who was named, if any. */
  ownerId?: string | undefined;
  actor: Actor;
}

/**
 * The owner of what is being registered in this transaction; null is the installation. In this order:
 * the person who was named; the person who acts; the installation while setup is pending; the oldest
 * administrator who is not disabled.
 * @throws DomainError `invalid` `owner_unknown` for a named person who is not there or disabled, `invalid`
 * `owner_required` when there is nobody left to answer for it
 */
export async function resolveOwner(
  tx: Db,
  { ownerId, actor }: Registration,
): Promise<string | null> {
  if (ownerId !== undefined) return requireActiveOwner(tx, ownerId);
  if (actor.type === 'user') return requireActiveOwner(tx, actor.id);
  if (await store.holdPendingSetup(tx)) return null;

  const administrator = await store.findOldestAdministrator(tx);
  if (!administrator) {
    throw new DomainError('invalid', 'owner_required', 'Name an owner: there is no administrator.');
  }
  return administrator.id;
}

/** Gives what the installation owned to the first administrator. */
export async function handOverInstallation(tx: Db, ownerId: string): Promise<void> {
  const { clients, apis } = await store.giveUnowned(tx, ownerId);
  if (clients > 0) await bumpRevision(tx, 'clients');
  if (apis > 0) await bumpRevision(tx, 'apis');
}

interface HandOver {
  from: string;
  to: string;
  actor: Actor;
}

/**
 * Gives another person all that one answers for, so that the one can go.
 * @returns how many of each
 * @throws DomainError `invalid` `owner_unknown` for a new owner who is not there or disabled
 */
export function handOver(
  { db, clock }: { db: Database; clock: Clock },
  { from, to, actor }: HandOver,
): Promise<{ clients: number; apis: number }> {
  return transact(db, async (tx) => {
    await requireActiveOwner(tx, to);
    const given = { clients: 0, apis: 0 };
    if (from === to) return given;

    const record = (type: AuditEventType, target: { type: 'client' | 'api'; id: string }) =>
      appendAuditEvent(tx, clock.now(), {
        type,
        outcome: 'success',
        actor,
        target,
        detail: { owner: to },
      });
    const { clients, apis } = await store.listOwnedBy(tx, from);
    for (const { id } of clients) {
      if (!(await store.giveClient(tx, { id, from, to }))) continue;
      await record('client.updated', { type: 'client', id });
      given.clients++;
    }
    for (const { id } of apis) {
      if (!(await store.giveApi(tx, { id, from, to }))) continue;
      await record('api.updated', { type: 'api', id });
      given.apis++;
    }
    if (given.clients > 0) await bumpRevision(tx, 'clients');
    if (given.apis > 0) await bumpRevision(tx, 'apis');
    return given;
  });
}

/** The names of what a person owns, ready for a sentence. */
export async function listOwned(db: Db, ownerId: string): Promise<string[]> {
  const { clients, apis } = await store.listOwnedBy(db, ownerId);
  return [
    ...clients.map(({ id, name }) => `client ${name} (${id})`),
    ...apis.map(({ identifier }) => `API ${identifier}`),
  ];
}

async function requireActiveOwner(tx: Db, id: string): Promise<string> {
  if (await store.isActiveUser(tx, id)) return id;
  throw new DomainError('invalid', 'owner_unknown', 'The owner is no active user.');
}
