// The code beside a link, for whoever reads the mail on another device. It is short, so it is worth something only
// together with the person it is for, for a few attempts, and its HMAC tells nothing without the key.
import { createHmac, randomInt } from 'node:crypto';

const DIGITS = 8;

/** More guesses than that end a code; the link beside it stays. */
export const MOST_CODE_ATTEMPTS = 5;

/** As it is mailed: eight digits. */
export function newMailedCode(): string {
  return randomInt(10 ** DIGITS)
    .toString()
    .padStart(DIGITS, '0');
}

interface Bound {
  userId: string;
  purpose: string;
}

/** @param key 32 bytes outside the database @param code as somebody typed it, spaces and hyphens included */
export function hashMailedCode(key: Buffer, code: string, { userId, purpose }: Bound): string {
  const digits = code.normalize('NFKC').replaceAll(/[\s-]/g, '');
  return createHmac('sha256', key)
    .update(JSON.stringify([purpose, userId, digits]))
    .digest('base64url');
}
