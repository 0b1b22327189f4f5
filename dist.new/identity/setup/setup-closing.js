import { handOverInstallation } from '../../authorization/ownership/ownership.js';
import { appendAuditEvent } from '../../operations/audit/audit-log.js';
import { close } from './installation-store.js';
/**
 * The first administrator completes the setup, however they came to be, and takes over what the installation owned.
 * For every later one it does nothing. Bumps revisions: the last act of its transaction.
 */
export async function closeSetup(tx, administratorId, act) {
    if (!(await close(tx, act.at)))
        return;
    await appendAuditEvent(tx, act.at, {
        type: 'installation.setup_completed',
        outcome: 'success',
        actor: act.actor,
        target: { type: 'user', id: administratorId },
        request: act.request,
    });
    await handOverInstallation(tx, administratorId);
}
//# sourceMappingURL=setup-closing.js.map