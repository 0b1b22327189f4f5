// The certificate of TLS in the process, exchanged while connections go on when its files change.
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { DomainError } from '../foundation/errors.ts';
import type { Logger } from '../operations/log.ts';

const LOOK_EVERY_MS = 2_000;

interface Files {
  certFile: string;
  keyFile: string;
}

/** @throws DomainError `unavailable` when a file can't be read or the two don't belong together */
export function readCertificate({ certFile, keyFile }: Files): SecureContextOptions {
  try {
    const options = {
      cert: readFileSync(certFile),
      key: readFileSync(keyFile),
      minVersion: 'TLSv1.2',
    } as const;
    createSecureContext(options);
    return options;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const sentence = `TLS_CERT_FILE and TLS_KEY_FILE can't be used: ${reason}. They must be PEM files of one pair that this user may read.`;
    throw new DomainError('unavailable', 'certificate_unusable', sentence, { cause });
  }
}

/**
 * Looks at the files now and then rather than waiting for events, which mounted secrets and network disks don't raise.
 * While one file is new and the other not yet, the two don't fit: the old pair serves on until they do.
 * @returns stops looking
 */
export function keepCertificate(server: Server, files: Files, log: Logger): () => void {
  const reload = () => {
    try {
      server.setSecureContext(readCertificate(files));
      log.info('the TLS certificate was exchanged');
    } catch (err) {
      log.error({ err }, 'the new TLS certificate is unusable, the old one stays');
    }
  };
  const paths = [files.certFile, files.keyFile];
  for (const path of paths) {
    watchFile(path, { interval: LOOK_EVERY_MS, persistent: false }, reload);
  }
  return () => {
    for (const path of paths) unwatchFile(path, reload);
  };
}
