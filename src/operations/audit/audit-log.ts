import type { Db } from '../../storage/database.ts';
import { countAuditEvent } from '../metrics.ts';
import type { AuditEntry, AuditEventType } from './audit-events.ts';

/** Appends one event; give it the transaction of the act. */
export async function appendAuditEvent(db: Db, at: Date, entry: AuditEntry): Promise<void> {
  await db.auditEvent.create({ data: { at, ...columnsOf(entry) }, select: { id: true } });
  countAuditEvent(entry);
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
