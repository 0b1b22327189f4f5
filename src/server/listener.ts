// The socket: HTTP, or TLS in the process. Limits on what a connection may cost are set here.
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Config } from '../config.ts';
import { DomainError } from '../foundation/errors.ts';
import type { Logger } from '../operations/log.ts';
import { keepCertificate, readCertificate } from './certificate.ts';

const LIMITS = {
  keepAliveTimeout: 75_000, // longer than load balancers keep idle connections
  headersTimeout: 20_000,
  requestTimeout: 30_000,
  maxHeaderSize: 16 * 1024,
};

interface Deps {
  config: Config;
  log: Logger;
}

/** Resolves when connections are accepted. @throws DomainError `unavailable` saying what to do */
export async function listen({ config, log }: Deps, handle: RequestListener): Promise<Server> {
  const server = createListener({ config, log }, handle);
  server.on('clientError', (_, socket: Socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(described(error, config)));
    server.listen(config.port, config.host, resolve);
  });
  return server;
}

function createListener({ config, log }: Deps, handle: RequestListener): Server {
  if (!config.tlsCertFile || !config.tlsKeyFile) return createServer(LIMITS, handle);

  const files = { certFile: config.tlsCertFile, keyFile: config.tlsKeyFile };
  const server = createTlsServer({ ...LIMITS, minVersion: 'TLSv1.2', ...readCertificate(files) }, handle);
  const stop = keepCertificate(server, files, log);
  server.once('close', stop);
  return server;
}

function described(error: NodeJS.ErrnoException, { host, port }: Config): Error {
  const sentence = SENTENCES[error.code ?? '']?.(host, port);
  return sentence ? new DomainError('unavailable', 'cannot_listen', sentence, { cause: error }) : error;
}

const SENTENCES: Record<string, (host: string, port: number) => string> = {
  EADDRINUSE: (_, port) => `Port ${port} is in use. Stop what uses it, or set PORT to another one.`,
  EACCES: (_, port) => `This user may not listen on port ${port}. Set PORT to one above 1023.`,
  EADDRNOTAVAIL: (host) => `This machine has no address ${host}. Set HOST to one it has.`,
  ENOTFOUND: (host) => `The name ${host} can't be resolved. Set HOST to an address of this machine.`,
};
