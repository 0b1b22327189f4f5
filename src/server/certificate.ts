// The certificate of TLS in the process, exchanged while connections go on when its files change.
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import { DomainError } from '../foundation/errors.ts';
import type { Logger } from '../operations/log.ts';

const LOOK_EVERY_MILLISECONDS = 1000;

interface Files {
  certFile: string;
  keyFile: string;
}

/** @throws DomainError `unavailable` when a file can't be read or the two don't belong together */
export function readCertificate({ certFile, keyFile }: Files): { cert: Buffer; key: Buffer } {
  try {
    const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    createSecureContext(pair);
    return pair;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DomainError('unavailable', 'certificate_unusable', `TLS_CERT_FILE and TLS_KEY_FILE can't be used: ${reason}`, { cause });
  }
}

/** Looks at the files rather than waiting for events, which mounted secrets don't raise. @returns stops looking */
export function keepCertificate(server: Server, files: Files, log: Logger): () => void {
  const reload = () => {
    try {
      server.setSecureContext({ minVersion: 'TLSv1.2', ...readCertificate(files) });
      log.info('the TLS certificate was exchanged');
    } catch (err) {
      log.error({ err }, 'the new TLS certificate is unusable, the old one stays');
    }
  };
  const paths = [files.certFile, files.keyFile];
  for (const path of paths) watchFile(path, { interval: LOOK_EVERY_MILLISECONDS, persistent: false }, reload);
  return () => {
    for (const path of paths) unwatchFile(path, reload);
  };
}
