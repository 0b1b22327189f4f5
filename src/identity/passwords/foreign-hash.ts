// Hashes that other systems made, as `latchkey user import` takes them over: verified once, at the person's next
// sign-in, and replaced by our own. docs/passwords.md describes each format.
//
// What a hash costs stands in the hash, and whoever made the file chose it: beyond these bounds it is none at all, so
// that no import keeps a server busy or takes its memory.
import { hash, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import * as z from 'zod';
import { runOneOffWorker } from '../../foundation/one-off-worker.ts';

/** Whether this is the password that was hashed. */
export type Verifier = (password: string) => Promise<boolean>;

export const MAX_HASH_CHARACTERS = 512;

const BCRYPT = { leastCost: 4, mostCost: 14, milliseconds: 15_000 };
const MAX_PBKDF2_ITERATIONS = 2_000_000;
/** Memory in bytes is 128·N·r; time goes with N·r·p. The dearest choice of OWASP is N = 2^17, r = 8, p = 1. */
const SCRYPT = { maxMemoryBytes: 128 * 1024 * 1024, maxWork: 2 ** 21 };
const ARGON2 = { maxMemoryKib: 256 * 1024, maxWorkKib: 1024 * 1024, maxLanes: 16 };
const LEAST_DIGEST_BYTES = 16;
const MOST_DIGEST_BYTES = 64;

/** Nothing for what is no hash of these kinds, argon2 among them, or costs too much. */
export function readForeignHash(text: string): Verifier | undefined {
  if (text.length > MAX_HASH_CHARACTERS) return undefined;
  return readBcrypt(text) ?? readScrypt(text) ?? readPbkdf2(text) ?? readSaltedSha(text);
}

/** Whether a person may be imported with this hash: of another system, or any argon2, at a bearable cost. */
export function isImportableHash(text: string): boolean {
  return readForeignHash(text) !== undefined || isBearableArgon2(text);
}

function readBcrypt(text: string): Verifier | undefined {
  const cost = Number(/^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text)?.[1]);
  if (!(cost >= BCRYPT.leastCost && cost <= BCRYPT.mostCost)) return undefined;

  return async (password) => {
    const input = { password, hash: text };
    const { milliseconds } = BCRYPT;
    const module = 'bcrypt-worker';
    return z
      .boolean()
      .parse(await runOneOffWorker({ beside: import.meta.url, module, input, milliseconds }));
  };
}

function readScrypt(text: string): Verifier | undefined {
  const [, ln, r, p, salt, digest] =
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([^$]+)\$([^$]+)$/.exec(text) ?? [];
  const cost = { N: 2 ** Number(ln), r: Number(r), p: Number(p) };
  const [salted, expected] = [readBase64(salt), readDigest(digest)];
  const isBearable =
    cost.N > 1 &&
    128 * cost.N * cost.r <= SCRYPT.maxMemoryBytes &&
    cost.N * cost.r * cost.p <= SCRYPT.maxWork;
  if (!isBearable || cost.r * cost.p === 0 || !salted || !expected) return undefined;

  const options = { ...cost, maxmem: 2 * SCRYPT.maxMemoryBytes };
  return (password) =>
    new Promise((answer, fail) => {
      scrypt(password, salted, expected.length, options, (error, key) =>
        error ? fail(error) : answer(timingSafeEqual(key, expected)),
      );
    });
}

const derive = promisify(pbkdf2);

function readPbkdf2(text: string): Verifier | undefined {
  const [, name = 'sha1', count, salt, digest] =
    /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$(?:i=)?(\d{1,9})(?:,l=\d+)?\$([^$]+)\$([^$]+)$/.exec(
      text,
    ) ?? [];
  const iterations = Number(count);
  const [salted, expected] = [readBase64(salt), readDigest(digest)];
  if (!(iterations >= 1 && iterations <= MAX_PBKDF2_ITERATIONS) || !salted || !expected) {
    return undefined;
  }
  return async (password) => {
    const key = await derive(password, salted, iterations, expected.length, name);
    return timingSafeEqual(key, expected);
  };
}

const SHA_BYTES: Record<string, number> = { sha1: 20, sha256: 32, sha512: 64 };

/** As LDAP has it: the digest of password and salt, with the salt behind it. */
function readSaltedSha(text: string): Verifier | undefined {
  const [, bits, encoded] = /^\{SSHA(256|512)?\}(.+)$/.exec(text) ?? [];
  const name = `sha${bits ?? 1}`;
  const bytes = SHA_BYTES[name] ?? 0;
  const content = readBase64(encoded);
  if (!content || content.length <= bytes) return undefined;

  const [expected, salt] = [content.subarray(0, bytes), content.subarray(bytes)];
  return async (password) => {
    const salted = Buffer.concat([Buffer.from(password), salt]);
    return timingSafeEqual(hash(name, salted, 'buffer'), expected);
  };
}

/** Implementations write the parameters in different orders. */
function isBearableArgon2(text: string): boolean {
  const [, parameters = '', salt, digest] =
    /^\$argon2(?:id|i|d)\$(?:v=(?:16|19)\$)?((?:[mtp]=\d{1,9},?){3})\$([^$]+)\$([^$]+)$/.exec(
      text,
    ) ?? [];
  const named = new URLSearchParams(parameters.replaceAll(',', '&'));
  const [m, t, p] = [Number(named.get('m')), Number(named.get('t')), Number(named.get('p'))];
  return (
    text.length <= MAX_HASH_CHARACTERS &&
    (readBase64(salt)?.length ?? 0) >= 8 &&
    readDigest(digest) !== undefined &&
    isArgon2Cost({ m, t, p })
  );
}

function isArgon2Cost({ m, t, p }: { m: number; t: number; p: number }): boolean {
  return (
    t >= 1 &&
    p >= 1 &&
    p <= ARGON2.maxLanes &&
    m >= 8 * p &&
    m <= ARGON2.maxMemoryKib &&
    m * t <= ARGON2.maxWorkKib
  );
}

function readDigest(text: string | undefined): Buffer | undefined {
  const digest = readBase64(text);
  const isLong =
    digest && digest.length >= LEAST_DIGEST_BYTES && digest.length <= MOST_DIGEST_BYTES;
  return isLong ? digest : undefined;
}

/** With padding or without; with `.` for `+`, as passlib writes it. */
function readBase64(text: string | undefined): Buffer | undefined {
  return text && /^[A-Za-z0-9+/.]+={0,2}$/.test(text)
    ? Buffer.from(text.replaceAll('.', '+'), 'base64')
    : undefined;
}
