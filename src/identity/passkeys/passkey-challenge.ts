// What an authenticator signs: random, for one purpose on one occasion, and to be answered within minutes. Nothing is
// stored for a challenge that is only shown; the one that was answered rightly is remembered until it has ended, so that
// it is answered once. Values, but for that.
import { createHmac, randomBytes } from 'node:crypto';
import { hashSecret, isSameSecret } from '../../foundation/secrets.ts';
import { isFirstInPeriod } from '../../operations/once-per-period.ts';
import type { Db } from '../../storage/database.ts';

/** How long a browser may ask for a passkey (WebAuthn §5.4 recommends five to ten minutes). */
export const CHALLENGE_SECONDS = 5 * 60;

/** With the time a multiple of three, so that what follows the head in base64url is base64url of both. */
const RANDOM_BYTES = 18;
const TIME_BYTES = 6;
const HEAD_BYTES = RANDOM_BYTES + TIME_BYTES;

export interface Occasion {
  purpose: 'sign-in' | 'second-factor' | 'registration';
  /** What it is bound to: an interaction or a session, and where one is known the person. */
  of: string;
}

/** In base64url. */
export function newChallenge(key: Buffer, occasion: Occasion, now: Date): string {
  const head = Buffer.alloc(HEAD_BYTES);
  randomBytes(RANDOM_BYTES).copy(head);
  head.writeUIntBE(now.getTime() + CHALLENGE_SECONDS * 1000, RANDOM_BYTES, TIME_BYTES);
  return `${head.toString('base64url')}${proofOf(key, occasion, head)}`;
}

/** Whether we made it for this occasion, and not too long ago. */
export function isOwnChallenge(
  key: Buffer,
  { challenge, occasion }: { challenge: string; occasion: Occasion },
  now: Date,
): boolean {
  const head = Buffer.from(challenge.slice(0, HEAD_CHARACTERS), 'base64url');
  if (head.length !== HEAD_BYTES) return false;

  const isOurs = isSameSecret(
    challenge,
    `${head.toString('base64url')}${proofOf(key, occasion, head)}`,
  );
  return isOurs && head.readUIntBE(RANDOM_BYTES, TIME_BYTES) > now.getTime();
}

/** Answers false when it was used before, or is being used by a transaction that commits. */
export function useChallenge(tx: Db, challenge: string, now: Date): Promise<boolean> {
  const name = `passkey-challenge:${hashSecret(challenge)}`;
  return isFirstInPeriod(tx, { name, seconds: CHALLENGE_SECONDS }, now);
}

const HEAD_CHARACTERS = (HEAD_BYTES * 4) / 3;

function proofOf(key: Buffer, { purpose, of }: Occasion, head: Buffer): string {
  const bound = JSON.stringify(['passkey challenge', purpose, of]);
  return createHmac('sha256', key).update(bound).update(head).digest('base64url');
}
