// APIs (resource servers, RFC 8707): what tokens are made for, and which permissions they may carry.
// Nothing here knows a token: what hangs on an API that ends is ended by the function passed in.
import type { Config } from '../../config.ts';
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { Actor, AuditEventType } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/database-errors.ts';
import { bumpRevision } from '../../storage/revisions.ts';
import { resolveOwner } from '../ownership/ownership.ts';
import * as store from './api-store.ts';
import { checkNewApi, checkPermissions, type NewApi, type NewPermission } from './new-api.ts';

export type Api = store.Api;

interface Deps {
  db: Database;
  clock: Clock;
}

interface CreationDeps extends Deps {
  config: Pick<Config, 'accessTokenSeconds'>;
}

export interface EndingDeps extends Deps {
  /** Ends the tokens that were made for this audience and can be ended; called in the transaction. */
  onApiEnded(tx: Db, identifier: string): Promise<void>;
}

/**
 * Its owner is who resolveOwner says.
 * @throws DomainError `conflict` `api_exists`; `invalid` naming what is wrong
 */
export async function createApi(
  { db, clock, config }: CreationDeps,
  request: NewApi,
  actor: Actor,
): Promise<Api> {
  checkNewApi(request);
  const { identifier, ownerId } = request;
  const at = clock.now();
  try {
    return await transact(db, async (tx) => {
      const owner = await resolveOwner(tx, { ownerId, actor });
      const api = await insert(tx, request, {
        ownerId: owner,
        accessTokenSeconds: request.accessTokenSeconds ?? config.accessTokenSeconds,
        createdAt: at,
      });
      await record(tx, at, { type: 'api.created', api, actor });
      return api;
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const message = `There is an API ${identifier} already.`;
    throw new DomainError('conflict', 'api_exists', message, { cause: error });
  }
}

/** @throws DomainError `not-found` `api_not_found`, `conflict` `permission_exists`; `invalid` naming what is wrong */
export async function addPermissions(
  { db, clock }: Deps,
  { identifier, permissions }: { identifier: string; permissions: NewPermission[] },
  actor: Actor,
): Promise<Api> {
  checkPermissions(permissions);
  try {
    return await transact(db, async (tx) => {
      const api = await getApi({ db: tx }, identifier);
      await store.insertPermissions(tx, api.id, permissions.map(withDescription));
      await record(tx, clock.now(), { type: 'api.updated', api, actor });
      return getApi({ db: tx }, identifier);
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const message = `${identifier} has one of these permissions already.`;
    throw new DomainError('conflict', 'permission_exists', message, { cause: error });
  }
}

/**
 * What people reach for its tokens from now on; refresh tokens of people who did not are refused for it.
 * @throws DomainError `not-found` `api_not_found`
 */
export function setApiLevel(
  { db, clock }: Deps,
  { identifier, level }: { identifier: string; level: 1 | 2 },
  actor: Actor,
): Promise<Api> {
  return transact(db, async (tx) => {
    const isChanged = await store.setLevel(tx, identifier, level);
    const api = await getApi({ db: tx }, identifier);
    if (isChanged) await record(tx, clock.now(), { type: 'api.updated', api, actor });
    return api;
  });
}

export function listApis({ db }: { db: Db }): Promise<Api[]> {
  return store.list(db);
}

/** @throws DomainError `not-found` `api_not_found` */
export async function getApi({ db }: { db: Db }, identifier: string): Promise<Api> {
  const api = await store.find(db, identifier);
  if (!api) throw new DomainError('not-found', 'api_not_found', `There is no API ${identifier}.`);
  return api;
}

/** No more tokens for it, at once; its registration stays. Twice is once. */
export function disableApi(deps: EndingDeps, identifier: string, actor: Actor): Promise<void> {
  return transact(deps.db, async (tx) => {
    const api = await getApi({ db: tx }, identifier);
    const at = deps.clock.now();
    if (!(await store.disable(tx, identifier, at))) return;

    await deps.onApiEnded(tx, identifier);
    await record(tx, at, { type: 'api.disabled', api, actor });
  });
}

/** Deletes it with its permissions; no client is allowed anything of it any more. */
export function deleteApi(deps: EndingDeps, identifier: string, actor: Actor): Promise<void> {
  return transact(deps.db, async (tx) => {
    const api = await getApi({ db: tx }, identifier);
    await store.remove(tx, api.id);
    await deps.onApiEnded(tx, identifier);
    await record(tx, deps.clock.now(), { type: 'api.deleted', api, actor });
  });
}

function insert(
  tx: Db,
  { identifier, name, permissions, tokenFormat = 'jwt', signingAlg = 'ES256', level = 1 }: NewApi,
  settled: Pick<store.NewApiRow, 'ownerId' | 'accessTokenSeconds' | 'createdAt'>,
): Promise<Api> {
  const called = { identifier, name: name?.trim() ?? identifier };
  const row = { ...called, tokenFormat, signingAlg, level, ...settled };
  return store.insert(tx, row, permissions.map(withDescription));
}

function withDescription({ name, description }: NewPermission): store.NewPermissionRow {
  return { name, description: description?.trim() ?? name };
}

interface Act {
  type: Extract<AuditEventType, `api.${string}`>;
  api: Api;
  actor: Actor;
}

/** The end of every act: what nodes remember of APIs, and of the clients that may ask for them, is outdated. */
async function record(tx: Db, at: Date, { type, api, actor }: Act): Promise<void> {
  await appendAuditEvent(tx, at, {
    type,
    outcome: 'success',
    actor,
    target: { type: 'api', id: api.id },
    detail: { identifier: api.identifier },
  });
  await bumpRevision(tx, 'clients');
  await bumpRevision(tx, 'apis');
}
