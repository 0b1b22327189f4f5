// The installation's one secret outside the database. It is never used itself: deriveKey gives each purpose its own.
import { hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from '../config.ts';
import { DomainError } from '../foundation/errors.ts';
import { singleLine } from '../foundation/single-line.ts';
import { makeDirectory, unwritable } from './data-directory.ts';

const KEY_BYTES = 32;

type Place = Pick<Config, 'dataDir' | 'secretKey' | 'secretKeyFile'>;

/**
 * The 32 bytes of SECRET_KEY, of the file that SECRET_KEY_FILE names, or of `secret-key` in the data directory, which
 * is made when it is missing. Of several processes that make it at once, one wins and all read the winner's.
 * @throws DomainError `unavailable`, `secret_key_unreadable` or `data_directory_unwritable`
 */
export function loadSecretKey(place: Place): Buffer {
  if (place.secretKey) return Buffer.from(place.secretKey, 'base64url');
  if (place.secretKeyFile) return readKeyFile(place.secretKeyFile);

  const path = join(place.dataDir, 'secret-key');
  if (!existsSync(path)) makeKeyFile(place, path);
  return readKeyFile(path);
}

/** HKDF-SHA256 (RFC 5869), 32 bytes; another purpose gives an unrelated key. */
export function deriveKey(secretKey: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secretKey, '', `latchkey/${purpose}`, KEY_BYTES));
}

function readKeyFile(path: string): Buffer {
  const text = singleLine(readText(path))?.trim() ?? '';
  if (/^[\w-]{43}$/.test(text)) return Buffer.from(text, 'base64url');

  throw unreadable(path, 'it must hold one line, 32 bytes in base64url (43 characters)');
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause));
  }
}

function unreadable(path: string, reason: string) {
  return new DomainError(
    'unavailable',
    'secret_key_unreadable',
    `The secret key cannot be read from ${path}: ${reason}.`,
  );
}

function makeKeyFile(place: Place, path: string) {
  try {
    makeDirectory(place.dataDir);
    placeNewKey(path);
  } catch (cause) {
    throw unwritable(place, cause);
  }
}

// Written aside and linked into place: nobody sees half a key, and nobody's key replaces another's.
function placeNewKey(path: string) {
  const draft = `${path}.${randomUUID()}`;
  try {
    writeDurably(draft, `${randomBytes(KEY_BYTES).toString('base64url')}\n`);
    linkUnlessThere(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
  syncDirectory(dirname(path));
}

function writeDurably(path: string, text: string) {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function linkUnlessThere(draft: string, path: string) {
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}

function syncDirectory(path: string) {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
