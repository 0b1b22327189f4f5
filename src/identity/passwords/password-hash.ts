// The only doorway to argon2: how passwords are hashed, and how much of that a process does at a time.
import argon2 from 'argon2';
import { DomainError } from '../../foundation/errors.ts';
import { createBoundedQueue, type QueueLimits } from './bounded-queue.ts';
import { readPassword } from './password-text.ts';

/** The OWASP Password Storage Cheat Sheet's first choice for argon2id: 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1, hashLength: 32 } as const;

/**
 * No password has this hash (its 32 bytes are zero). Verified where there is no user or no password,
 * so that those take as long as a wrong password.
 */
const NOBODYS_HASH = `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** `hash` and `verify` are refused as `unavailable` `sign_in_busy` when the queue is full. */
export interface PasswordHashing {
  /** Answers a PHC string. @throws DomainError `invalid` `password_unusable` for what no password can be */
  hash(password: string): Promise<string>;
  /** Without a hash to compare with, it answers false and takes as long. */
  verify(phc: string | null | undefined, password: string): Promise<boolean>;
  /** Whether the hash was made with other parameters than today's. */
  needsRehash(phc: string): boolean;
  /** Hashes that are being computed or wait. */
  depth(): number;
}

export function createPasswordHashing(limits: QueueLimits): PasswordHashing {
  const queue = createBoundedQueue(limits, refuseBusy);
  return {
    async hash(password) {
      const text = readPassword(password);
      if (text === undefined) throw unusable();

      return queue.run(() => argon2.hash(text, { ...PARAMETERS, type: argon2.argon2id }));
    },
    async verify(phc, password) {
      const text = readPassword(password);
      // Whoever is asked for, an impossible password is refused without a hash: it tells nothing about the user.
      if (text === undefined) return false;

      return queue.run(() => argon2.verify(phc ?? NOBODYS_HASH, text));
    },
    needsRehash: (phc) => argon2.needsRehash(phc, PARAMETERS),
    depth: () => queue.depth(),
  };
}

function refuseBusy(): DomainError {
  const message = 'Too many people are signing in at the moment. Try again in a few seconds.';
  return new DomainError('unavailable', 'sign_in_busy', message, { retryAfterSeconds: 2 });
}

function unusable(): DomainError {
  return new DomainError('invalid', 'password_unusable', 'This text cannot be a password.');
}
