import { countAuditEvent } from '../metrics.js';
/** Appends one event; give it the transaction of the act. */
export async function appendAuditEvent(db, at, entry) {
    await db.auditEvent.create({ data: { at, ...columnsOf(entry) }, select: { id: true } });
    countAuditEvent(entry);
}
function columnsOf({ type, outcome, actor, target, clientId, request, detail }) {
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
/** The newest events first. */
export function listAuditEvents(db, { type, since, limit }) {
    return db.auditEvent.findMany({
        where: { ...(type && { type }), ...(since && { at: { gte: since } }) },
        orderBy: [{ at: 'desc' }, { id: 'desc' }],
        take: limit,
    });
}
//# sourceMappingURL=audit-log.js.map