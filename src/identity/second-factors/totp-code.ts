// Codes of authenticator apps (RFC 6238), as all of them understand: SHA-1, six digits, thirty seconds. Values only;
// the doorway of the library.
import { createHmac } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

const STEP_SECONDS = 30;
/** RFC 4226 §4: 160 bits. */
const SEED_BYTES = 20;

/**
 * A seed in base32, the same whenever the same is asked for: a page that offers one can be reloaded, and nothing is
 * stored before a code of it was typed.
 * @param occasion what it is made for; it must hold a secret that nobody gets twice
 */
export function deriveSeed(key: Buffer, occasion: string): string {
  const bytes = createHmac('sha256', key).update(`totp seed ${occasion}`).digest();
  return new Secret({ buffer: new Uint8Array(bytes.subarray(0, SEED_BYTES)).buffer }).base32;
}

/**
 * Which time step a code belongs to: the present one or, for clocks that differ, one beside it (RFC 6238 §5.2).
 * @returns undefined when it belongs to none of them
 */
export function stepOfCode(seed: string, code: string, now: Date): number | undefined {
  const token = code.replaceAll(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;

  const timestamp = now.getTime();
  const delta = totp(seed).validate({ token, timestamp, window: 1 });
  return delta === null ? undefined : stepAt(now) + delta;
}

export function stepAt(now: Date): number {
  return Math.floor(now.getTime() / 1000 / STEP_SECONDS);
}

/** What a QR code tells the app: `otpauth://totp/…`. */
export function otpauthUri(seed: string, { issuer, account }: { issuer: string; account: string }) {
  return new TOTP({ ...parameters(seed), issuer, label: account }).toString();
}

const totp = (seed: string) => new TOTP(parameters(seed));

const parameters = (seed: string) => ({
  secret: Secret.fromBase32(seed),
  algorithm: 'SHA1',
  digits: 6,
  period: STEP_SECONDS,
});
