// The browser sessions of one person, as the person sees and ends them. Ending one here is what signing out there is: the
// grants that are bound to it go with it, and applications that asked for it are told (OIDC Back-Channel Logout 1.0).
// A grant that was given for the time of absence (`offline_access`) stays, as it does when one signs out.
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import { endRememberedBrowsers } from '../../identity/remembered-browsers/remembered-browsers.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { queueLogoutNotices } from '../../operations/logout-notices/logout-notices.ts';
import { currentRequest } from '../../operations/request-scope.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import { endGrants } from '../grants/grants.ts';
import * as store from './session-store.ts';

interface Deps {
  db: Database;
  clock: Clock;
}

export interface OwnSession {
  uid: string;
  address: string | undefined;
  browser: string | undefined;
  signedInAt: Date;
  lastUsedAt: Date;
}

/** Those in force, the last used first. */
export async function listOwnSessions({ db, clock }: Deps, userId: string): Promise<OwnSession[]> {
  const rows = await store.listSessionsOfUser(db, { userId, at: clock.now() });
  const newest = new Map<string, OwnSession>();
  for (const { uid, address, browser, loginAt, lastUsedAt, createdAt } of rows) {
    const signedInAt = loginAt ?? createdAt;
    const session = { uid, signedInAt, lastUsedAt: lastUsedAt ?? signedInAt };
    const known = newest.get(uid);
    if (known && known.lastUsedAt > session.lastUsedAt) continue;
    newest.set(uid, { ...session, address: address ?? undefined, browser: browser ?? undefined });
  }
  return [...newest.values()].toSorted((a, b) => b.lastUsedAt.getTime() - a.lastUsedAt.getTime());
}

/** @throws DomainError session_not_found, also for a session of somebody else */
export async function endOwnSession(
  deps: Deps,
  { userId, uid }: { userId: string; uid: string },
): Promise<void> {
  const count = await end(deps, { userId, uid });
  if (count === 0)
    throw new DomainError('not-found', 'session_not_found', 'There is no such session any more.');
}

/** Every session of the person but this one, and what browsers are remembered for. Answers how many sessions it were. */
export function endOtherSessions(
  deps: Deps,
  { userId, keptUid }: { userId: string; keptUid: string },
): Promise<number> {
  return end(deps, { userId, uid: { not: keptUid } }, endRememberedBrowsers);
}

async function end(
  deps: Deps,
  which: store.SessionsOfUser,
  endMore?: (tx: Db, userId: string) => Promise<void>,
): Promise<number> {
  const rows = await transact(deps.db, async (tx) => {
    const locked = await store.lockSessionsOfUser(tx, which);
    if (locked.length > 0) await endLocked(tx, deps, { which, rows: locked });
    await endMore?.(tx, which.userId);
    return locked;
  });
  return new Set(rows.map(({ uid }) => uid)).size;
}

interface Ending {
  which: store.SessionsOfUser;
  rows: store.SessionInUse[];
}

async function endLocked(tx: Db, { clock }: Deps, { which, rows }: Ending): Promise<void> {
  const { userId } = which;
  const bound = rows
    .flatMap(({ authorizations }) => authorizations)
    .filter(({ persistsLogout }) => !persistsLogout);
  await queueLogoutNotices(tx, which);
  await endGrants(tx, { userId, ids: bound.flatMap(({ grantId }) => grantId ?? []) });
  await store.deleteSessionsOfUser(tx, which);
  for (const uid of new Set(rows.map((row) => row.uid))) {
    await appendAuditEvent(tx, clock.now(), {
      type: 'session.ended',
      outcome: 'success',
      actor: { type: 'user', id: userId },
      target: { type: 'session', id: uid },
      request: currentRequest(),
    });
  }
}
