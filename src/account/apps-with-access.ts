import type { Language } from '../http/language.ts';
import { listLastTokens } from '../operations/audit/own-events.ts';
import type { ClientRegistry } from '../protocol/clients/client-registry.ts';
import { listConsents } from '../protocol/grants/consents.ts';
import { NO_ANSWER, type Scopes } from '../protocol/grants/scopes.ts';
import { toPermissionGroups } from '../protocol/interactions/permission-groups.ts';
import type { Database } from '../storage/database.ts';

interface Deps {
  db: Database;
  registry: ClientRegistry;
}

export interface AppWithAccess {
  consentId: string;
  clientId: string;
  name: string;
  permissions: { title: string; labels: string[] }[];
  since: Date;
  /** When it last got tokens for a sign-in; how often it renews them since is not on record. */
  lastUsed: Date;
}

/** What a person allowed, as the consent page said it; of what the application may no longer ask, nothing. */
export async function listAppsWithAccess(
  deps: Deps,
  userId: string,
  language: Language,
): Promise<AppWithAccess[]> {
  const [consents, lastTokens] = await Promise.all([
    listConsents(deps, { userId }),
    listLastTokens(deps.db, userId),
  ]);
  return Promise.all(
    consents.map(async ({ id, clientId, clientName, granted, createdAt, updatedAt }) => ({
      consentId: id,
      clientId,
      name: clientName,
      permissions: await inWords(deps, { clientId, granted, language }),
      since: createdAt,
      lastUsed: lastTokens.get(clientId) ?? updatedAt,
    })),
  );
}

interface Allowed {
  clientId: string;
  granted: Scopes;
  language: Language;
}

async function inWords({ registry }: Deps, { clientId, granted, language }: Allowed) {
  const client = await registry.find(clientId);
  if (!client) return [];
  const groups = toPermissionGroups({ asked: granted, answered: NO_ANSWER }, client, language);
  return groups.map(({ title, items }) => ({ title, labels: items.map(({ label }) => label) }));
}
