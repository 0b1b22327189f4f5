// What must be there before the first request: this installation's row, signing keys, the client of the account pages,
// and a way for the first administrator to come in. Any number of nodes may do it at once.
import type { Services } from './services.ts';
import {
  bootstrapAdministrator,
  ensureInstallation,
  issueSetupToken,
} from './identity/setup/setup.ts';
import { appendAuditEvent } from './operations/audit/audit-log.ts';
import { ensureAccountClient } from './protocol/clients/account-client.ts';
import { ensureSigningKeys } from './protocol/keys/signing-keys.ts';

/** @returns the one-time setup link, while nobody has completed the setup */
export async function prepareInstallation(services: Services): Promise<string | undefined> {
  await ensureInstallation(services);
  await ensureSigningKeys(services);
  await ensureAccountClient(services);
  await bootstrapAdministrator(services);

  const token = await issueSetupToken(services);
  return token ? `${services.config.issuer}/setup?token=${token}` : undefined;
}

/** Whatever weakens the protection of this start is on record, in the log and in the audit log. */
export async function recordWeakenings({ config, db, clock, log }: Services): Promise<void> {
  for (const setting of config.weakened) {
    log.warn({ setting }, 'a protection is off');
    await appendAuditEvent(db, clock.now(), {
      type: 'setting.weakened',
      outcome: 'success',
      actor: { type: 'system' },
      detail: { setting },
    });
  }
}
