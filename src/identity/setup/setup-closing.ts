import { handOverInstallation } from '../../authorization/ownership/ownership.ts';
import type { Actor, AuditEntry } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Db } from '../../storage/database.ts';
import { close } from './installation-store.ts';

interface Act {
  at: Date;
  actor: Actor;
  request?: AuditEntry['request'];
}

/**
 * The first administrator completes the setup, however they came to be, and takes over what the installation owned.
 * For every later one it does nothing. Bumps revisions: the last act of its transaction.
 */
export async function closeSetup(tx: Db, administratorId: string, act: Act): Promise<void> {
  if (!(await close(tx, act.at))) return;

  await appendAuditEvent(tx, act.at, {
    type: 'installation.setup_completed',
    outcome: 'success',
    actor: act.actor,
    target: { type: 'user', id: administratorId },
    request: act.request,
  });
  await handOverInstallation(tx, administratorId);
}
