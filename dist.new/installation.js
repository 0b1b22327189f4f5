import { bootstrapAdministrator, ensureInstallation, issueSetupToken } from './identity/setup/setup.js';
import { ensureSigningKeys } from './protocol/keys/signing-keys.js';
/** @returns the one-time setup link, while nobody has completed the setup */
export async function prepareInstallation(services) {
    await ensureInstallation(services);
    await ensureSigningKeys(services);
    await bootstrapAdministrator(services);
    const token = await issueSetupToken(services);
    return token ? `${services.config.issuer}/setup?token=${token}` : undefined;
}
//# sourceMappingURL=installation.js.map