// The whole server in this process, on a free port and an empty database of the engine under test.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../src/app.ts';
import type { Clock } from '../../src/foundation/clock.ts';
import { logStrayErrors } from '../../src/http/error-boundary.ts';
import { createUser } from '../../src/identity/users/users.ts';
import { prepareInstallation } from '../../src/installation.ts';
import { createLogger } from '../../src/operations/log.ts';
import { openServices, type Services } from '../../src/services.ts';
import { emptyDatabase } from './database.ts';

export interface TestServer {
  issuer: string;
  services: Services;
  /** The log lines so far. */
  log: string[];
  setupUrl: string | undefined;
  close(): Promise<void>;
}

export const ALICE = { login: 'alice', password: 'correct horse battery staple' };
export const MALLORY = { login: 'mallory', password: 'another long enough password' };

/**
 * @param env settings that differ from the defaults
 * @param replace what the server is to use instead of the machine's own; `host` is what it goes by
 */
export async function startServer(
  env: Record<string, string> = {},
  { host = '127.0.0.1', ...replace }: { clock?: Clock; host?: string } = {},
): Promise<TestServer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://${host}:${(server.address() as AddressInfo).port}`;

  const database = await emptyDatabase({ ISSUER: issuer, LOG_LEVEL: 'info', ...env });
  const log: string[] = [];
  const logger = createLogger(
    { logLevel: 'info' },
    { write: (line: string) => void log.push(line) },
  );
  const services = await openServices(database.config, { log: logger, ...replace });
  const setupUrl = await prepareInstallation(services);
  const app = createApp(services);
  logStrayErrors(app, logger);
  const handle = app.callback();
  server.on('request', (request, response) => void handle(request, response));

  return {
    issuer,
    services,
    log,
    setupUrl,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await services.close();
      await database.dispose();
    },
  };
}

/** A person with a password. */
export async function createPerson(
  { services }: Pick<TestServer, 'services'>,
  { login, password }: typeof ALICE,
) {
  return createUser(
    services,
    {
      login,
      password,
      email: `${login}@example.com`,
      name: `${login[0]?.toUpperCase()}${login.slice(1)} Example`,
    },
    { type: 'system' },
  );
}
