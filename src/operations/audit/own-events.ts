// What the audit log knows of one person, for that person. It only reads.
import type { Db } from '../../storage/database.ts';
import type { AuditEventType } from './audit-events.ts';

export interface OwnEventsQuery {
  userId: string;
  types: readonly AuditEventType[];
  limit: number;
  /** The last event of the page before. */
  before?: { at: Date; id: string } | undefined;
}

/** What the person did or what was done to their account, the newest first. */
export function listOwnEvents(db: Db, { userId, types, limit, before }: OwnEventsQuery) {
  return db.auditEvent.findMany({
    where: {
      type: { in: [...types] },
      AND: [
        {
          OR: [
            { actorType: 'user', actorId: userId },
            { targetType: 'user', targetId: userId },
          ],
        },
        before ? { OR: [{ at: { lt: before.at } }, { at: before.at, id: { lt: before.id } }] } : {},
      ],
    },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: limit,
  });
}

/** The newest event of a type that was done to the person. */
export function findLastEvent(
  db: Db,
  { userId, type }: { userId: string; type: AuditEventType },
): Promise<{ at: Date } | null> {
  return db.auditEvent.findFirst({
    where: { targetId: userId, type },
    orderBy: { at: 'desc' },
    select: { at: true },
  });
}

/** When each client last got tokens for a sign-in of the person, by the client's id. */
export async function listLastTokens(db: Db, userId: string): Promise<Map<string, Date>> {
  const type: AuditEventType = 'token.issued';
  const rows = await db.auditEvent.groupBy({
    by: ['clientId'],
    where: { targetId: userId, type },
    _max: { at: true },
  });
  return new Map(
    rows.flatMap(({ clientId, _max: { at } }) => (clientId && at ? [[clientId, at] as const] : [])),
  );
}
