import { newTimeOrderedIds } from '../../foundation/time-ordered-ids.ts';
import { insertInBulk } from '../../storage/bulk-insert.ts';
import type { Db, Engine } from '../../storage/database.ts';
import { countAuditEvent } from '../metrics.ts';
import type { AuditEntry, AuditEventType } from './audit-events.ts';

/** Appends one event; give it the transaction of the act. */
export async function appendAuditEvent(db: Db, at: Date, entry: AuditEntry): Promise<void> {
  await db.auditEvent.create({ data: { at, ...columnsOf(entry) }, select: { id: true } });
  countAuditEvent(entry);
}

const EVENTS = {
  table: 'audit_events',
  columns: {
    id: 'text',
    at: 'timestamptz',
    type: 'text',
    outcome: 'text',
    actor_type: 'text',
    actor_id: 'text',
    target_type: 'text',
    target_id: 'text',
    detail: 'jsonb',
  },
} as const;

/** Appends many events of one moment that no request asked for; give it the transaction of the act. */
export async function appendAuditEvents(
  access: { db: Db; engine: Engine },
  at: Date,
  entries: readonly Omit<AuditEntry, 'request' | 'clientId'>[],
): Promise<void> {
  const ids = newTimeOrderedIds(at, entries.length);
  const rows = entries.map(({ type, outcome, actor, target, detail }, i) => ({
    id: ids[i] ?? '',
    at,
    type,
    outcome,
    actor_type: actor.type,
    actor_id: 'id' in actor ? actor.id : null,
    target_type: target?.type ?? null,
    target_id: target?.id ?? null,
    detail: detail ?? null,
  }));
  await insertInBulk(access, EVENTS, rows);
  for (const entry of entries) countAuditEvent(entry);
}

function columnsOf({ type, outcome, actor, target, clientId, request, detail }: AuditEntry) {
  return {
    type,
    outcome,
    actorType: actor.type,
    ...('id' in actor && { actorId: actor.id }),
    ...(target && { targetType: target.type, targetId: target.id }),
    ...(clientId !== undefined && { clientId }),
    ...(request && { address: request.address, requestId: request.requestId }),
    ...(detail && { detail }),
  };
}

export interface AuditQuery {
  type?: AuditEventType | undefined;
  since?: Date | undefined;
  limit: number;
}

/** The newest events first. */
export function listAuditEvents(db: Db, { type, since, limit }: AuditQuery) {
  return db.auditEvent.findMany({
    where: { ...(type && { type }), ...(since && { at: { gte: since } }) },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit,
  });
}
