// What must be there before the first request: a database up to date, this installation's row, signing
// keys, and a way for the first administrator to come in. Any number of nodes may do it at once.
import type { Services } from './services.ts';
import { bootstrapAdministrator, ensureInstallation, issueSetupToken } from './identity/setup/setup.ts';
import { ensureSigningKeys } from './protocol/keys/signing-keys.ts';

/** @returns the one-time setup link, while nobody has completed the setup */
export async function prepareInstallation(services: Services): Promise<string | undefined> {
  await ensureInstallation(services);
  await ensureSigningKeys(services);
  await bootstrapAdministrator(services);

  const token = await issueSetupToken(services);
  return token ? `${services.config.issuer}/setup?token=${token}` : undefined;
}
