// The socket: HTTP, or TLS in the process. Limits on what a connection may cost are set here; what isn't HTTP, is too
// slow or has too long a header is answered by Node itself (400, 408, 431) and never reaches the application.
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Config } from '../config.ts';
import { DomainError } from '../foundation/errors.ts';
import type { Logger } from '../operations/log.ts';
import { keepCertificate, readCertificate } from './certificate.ts';

const LIMITS = {
  keepAliveTimeout: 75_000, // Longer than load balancers keep idle connections, so that it is they who close them.
  headersTimeout: 20_000,
  requestTimeout: 30_000,
  maxHeaderSize: 16 * 1024,
};

interface Deps {
  config: Config;
  log: Logger;
}

export interface Listener {
  address: AddressInfo | string | null;
  /**
   * Stops accepting and waits for what is under way.
   * @returns how many connections were cut off because they took longer
   */
  drain: (seconds: number) => Promise<number>;
}

/** Resolves when connections are accepted. @throws DomainError `unavailable` saying what to do */
export async function listen({ config, log }: Deps, handle: RequestListener): Promise<Listener> {
  const server = createListener({ config, log }, handle);
  const unused = unusedConnections(server);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(config.port, config.host, resolve);
  try {
    await promise;
  } catch (error) {
    throw described(error, config);
  }
  server.off('error', reject);
  server.on('error', (err) => log.error({ err }, 'the listening socket failed'));
  return { address: server.address(), drain: (seconds) => drain(server, unused, seconds) };
}

/** Browsers open connections in advance, and Node counts one that never had a request among the busy ones. */
function unusedConnections(server: Server): Set<Socket> {
  const unused = new Set<Socket>();
  const event = server instanceof TlsServer ? 'secureConnection' : 'connection';
  server.on(event, (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket));
  return unused;
}

async function drain(server: Server, unused: Set<Socket>, seconds: number): Promise<number> {
  let cutOff = 0;
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  for (const socket of unused) socket.destroy();
  // A connection that was busy becomes idle, and would be kept alive for a next request.
  const sweeping = setInterval(() => server.closeIdleConnections(), 50);
  const deadline = setTimeout(() => {
    server.getConnections((_, count) => {
      cutOff = count;
      server.closeAllConnections();
    });
  }, seconds * 1000);
  await closed;
  clearInterval(sweeping);
  clearTimeout(deadline);
  return cutOff;
}

function createListener({ config, log }: Deps, handle: RequestListener): Server {
  if (!config.tlsCertFile || !config.tlsKeyFile) return createServer(LIMITS, handle);

  const files = { certFile: config.tlsCertFile, keyFile: config.tlsKeyFile };
  const server = createTlsServer({ ...LIMITS, ...readCertificate(files) }, handle);
  server.once('close', keepCertificate(server, files, log));
  return server;
}

const SENTENCES: Record<string, (config: Config) => string> = {
  EADDRINUSE: ({ port }) =>
    `Port ${port} is in use. Stop what uses it, or set PORT to another one.`,
  EACCES: ({ port }) =>
    `This user may not listen on port ${port}. Set PORT to one above 1023, or put a proxy in front.`,
  EADDRNOTAVAIL: ({ host }) => `This machine has no address ${host}. Set HOST to one it has.`,
  ENOTFOUND: ({ host }) =>
    `The name ${host} can't be resolved. Set HOST to an address of this machine.`,
};

function described(error: unknown, config: Config): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const sentence = SENTENCES[code]?.(config);
  if (!sentence) return error;
  return new DomainError('unavailable', 'cannot_listen', sentence, { cause: error });
}
