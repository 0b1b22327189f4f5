// A puzzle that costs a browser a moment and a flood of them a machine: find a number that, written after the challenge,
// gives a SHA-256 which begins with so many zero bits. A challenge is for one form and a while; whether it was used
// before is not told here. Values only.
import { createHmac, hash } from 'node:crypto';
import { isSameSecret, newSecret } from '../../foundation/secrets.ts';

/** 65,536 tries on average: a second or two in a browser. */
const ZERO_BITS = 16;

export const CHALLENGE_SECONDS = 30 * 60;

interface Occasion {
  /** 32 bytes, the same on every node. */
  key: Buffer;
  /** Which form it is for. */
  form: string;
  now: Date;
}

/** `<zero bits>.<end in epoch seconds>.<random>.<HMAC>` */
export function newChallenge({ key, form, now }: Occasion, zeroBits = ZERO_BITS): string {
  const until = Math.floor(now.getTime() / 1000) + CHALLENGE_SECONDS;
  const text = `${zeroBits}.${until}.${newSecret()}`;
  return `${text}.${signature(key, text, form)}`;
}

const SOLUTION = /^((\d{1,2})\.(\d{1,12})\.[\w-]{43})\.([\w-]{43})~\d{1,15}$/;

/** The challenge that `<challenge>~<number>` solves; nothing where it does not, or is not ours, or too late. */
export function solvedChallenge(
  { key, form, now }: Occasion,
  solution: string,
): string | undefined {
  const [, text = '', zeroBits, until, given = ''] = SOLUTION.exec(solution) ?? [];
  if (!isSameSecret(given, signature(key, text, form))) return undefined;
  if (Number(until) * 1000 < now.getTime()) return undefined;
  return leadingZeroBits(hash('sha256', solution, 'buffer')) >= Number(zeroBits) ? text : undefined;
}

function leadingZeroBits(digest: Buffer): number {
  return Math.clz32(digest.readUInt32BE(0));
}

function signature(key: Buffer, text: string, form: string): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([form, text]))
    .digest('base64url');
}
