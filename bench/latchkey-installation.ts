// An installation of ours to be measured: the settings of one, and what must exist in it before the load begins.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createApi } from '../src/authorization/apis/apis.ts';
import { readConfig } from '../src/config.ts';
import { createUser } from '../src/identity/users/users.ts';
import { prepareInstallation } from '../src/installation.ts';
import { createClient } from '../src/protocol/clients/clients.ts';
import type { NewClient } from '../src/protocol/clients/new-client.ts';
import { openServices, type Services } from '../src/services.ts';
import { migrate } from '../src/storage/migrate.ts';
import { newSecurityKey, type SecurityKey } from '../test/support/security-key.ts';
import { PASSKEY_PEOPLE, PEOPLE } from './bench-plan.ts';
import {
  CALLBACK,
  type Credentials,
  type Fixture,
  ORDERS,
  ORDERS_READ,
  people,
} from './fixture.ts';

const SYSTEM = { type: 'system' } as const;
const ROOT = fileURLToPath(new URL('..', import.meta.url));

export interface Place {
  port: number;
  dataDir: string;
  /** PostgreSQL, if present. */
  databaseUrl?: string;
}

/** What `npm start` runs: the built server, or its sources where it was not built yet. */
export function latchkeyEntry(): string {
  const built = `${ROOT}dist/main.js`;
  return existsSync(built) ? built : `${ROOT}src/main.ts`;
}

/** The defaults of production. The bench is the trusted proxy, so that every visitor has an address of its own. */
export function settingsOf({ port, dataDir, databaseUrl }: Place): Record<string, string> {
  return {
    NODE_ENV: 'production',
    ISSUER: `http://127.0.0.1:${port}`,
    HOST: '127.0.0.1',
    PORT: `${port}`,
    DATA_DIR: dataDir,
    SECRET_KEY: randomBytes(32).toString('base64url'),
    TRUSTED_PROXIES: '127.0.0.1',
    WORKERS: '1',
    LOG_LEVEL: 'warn',
    ...(databaseUrl && { DATABASE_URL: databaseUrl }),
  };
}

/** Migrates the empty database and fills it. */
export async function install(settings: Record<string, string>): Promise<Fixture> {
  const config = readConfig({ ...settings, PASSWORD_HASH_QUEUE: `${PEOPLE}` }, ROOT);
  await migrate(config);
  const services = await openServices(config);
  try {
    await prepareInstallation(services);
    return await fill(services);
  } finally {
    await services.close();
  }
}

async function fill(services: Services): Promise<Fixture> {
  const permissions = [{ name: ORDERS_READ, description: 'Read your orders' }];
  await createApi(services, { identifier: ORDERS, name: 'Orders', permissions }, SYSTEM);
  const everybody = people(PEOPLE);
  for (const { login, password } of everybody) {
    const person = { login, password, email: `${login}@example.com`, name: 'A Person' };
    await createUser(services, person, SYSTEM);
  }
  return {
    service: await register(services, {
      type: 'service',
      name: 'nightly',
      allow: [{ api: ORDERS, permissions: [ORDERS_READ] }],
    }),
    web: await register(services, {
      type: 'web',
      name: 'Notes',
      redirectUris: [CALLBACK],
      rotateRefreshTokens: true,
    }),
    people: everybody,
    passkeys: await Promise.all(
      Array.from({ length: PASSKEY_PEOPLE }, (_, number) => addPasskeyPerson(services, number)),
    ),
  };
}

/** Written down as it would be after the page at the account. */
async function addPasskeyPerson(services: Services, number: number): Promise<SecurityKey> {
  const { id: userId } = await createUser(services, { login: `passkey-person-${number}` }, SYSTEM);
  const key = { ...newSecurityKey(), userHandle: `handle-${number}` };
  await services.db.passkey.create({
    data: {
      userId,
      userHandle: key.userHandle,
      credentialId: key.id.toString('base64url'),
      publicKey: key.publicKey.toString('base64url'),
      counter: 0,
      transports: 'internal',
      aaguid: '00000000-0000-0000-0000-000000000000',
      synced: false,
      backedUp: false,
      name: 'Passkey',
      createdAt: services.clock.now(),
    },
  });
  return key;
}

async function register(services: Services, request: NewClient): Promise<Credentials> {
  const { client, secret } = await createClient(services, request, SYSTEM);
  return { id: client.id, secret: secret ?? '' };
}
