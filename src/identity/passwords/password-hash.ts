// The only doorway to argon2: how passwords are hashed, and how much of that a process does at a time.
import argon2 from 'argon2';
import { DomainError } from '../../foundation/errors.ts';
import { createBoundedQueue, type QueueLimits } from './bounded-queue.ts';
import { readForeignHash } from './foreign-hash.ts';
import { readPassword } from './password-text.ts';

/** What one argon2id hash costs. */
export interface HashCost {
  memoryKib: number;
  passes: number;
  lanes: number;
}

/** The OWASP Password Storage Cheat Sheet's first choice for argon2id. */
const OWASP_COST: HashCost = { memoryKib: 19 * 1024, passes: 2, lanes: 1 };

/** `hash` and `verify` are refused as `unavailable` `sign_in_busy` when the queue is full. */
export interface PasswordHashing {
  /** Answers a PHC string. @throws DomainError `invalid` `password_unusable` for what no password can be */
  hash(password: string): Promise<string>;
  /** Ours, or one of another system (foreign-hash.ts). Without a hash to compare with, it answers false and takes as long. */
  verify(phc: string | null | undefined, password: string): Promise<boolean>;
  /** Whether today's hashes cost more in any way. One that costs more than today's is left alone. */
  needsRehash(phc: string): boolean;
  /** Hashes that are being computed or wait. */
  depth(): number;
}

export function createPasswordHashing(
  limits: QueueLimits,
  cost: HashCost = OWASP_COST,
): PasswordHashing {
  const queue = createBoundedQueue(limits, refuseBusy);
  const nobodys = nobodysHash(cost);
  return {
    async hash(password) {
      const text = readPassword(password);
      if (text === undefined) throw unusable();

      return queue.run(() => argon2.hash(text, { ...parametersOf(cost), type: argon2.argon2id }));
    },
    async verify(phc, password) {
      const text = readPassword(password);
      // Whoever is asked for, an impossible password is refused without a hash: it tells nothing about the user.
      if (text === undefined) return false;

      return queue.run(() => verifyAny(phc ?? nobodys, [text, password], nobodys));
    },
    needsRehash: (phc) => isCheaper(phc, cost),
    depth: () => queue.depth(),
  };
}

/**
 * Other systems hashed what was typed as it was typed: so that is tried too where normalising changed it, and for
 * everybody, so that it takes everybody as long. A foreign hash that does not match is followed by one of ours for the
 * same reason; one that matches is followed by that of its replacement.
 */
async function verifyAny(phc: string, spellings: string[], nobodys: string): Promise<boolean> {
  const foreign = readForeignHash(phc);
  const verify = foreign ?? ((password: string) => argon2.verify(phc, password));
  let isRight = false;
  for (const password of new Set(spellings)) isRight = (await verify(password)) || isRight;

  const [password = ''] = spellings;
  if (foreign && !isRight) await argon2.verify(nobodys, password);
  return isRight;
}

function parametersOf({ memoryKib, passes, lanes }: HashCost) {
  return { memoryCost: memoryKib, timeCost: passes, parallelism: lanes, hashLength: 32 };
}

/**
 * No password has this hash (its 32 bytes are zero). Verified where there is no user or no password,
 * so that those take as long as a wrong password.
 */
function nobodysHash({ memoryKib, passes, lanes }: HashCost): string {
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${'A'.repeat(22)}$${'A'.repeat(43)}`;
}

// Where nodes differ during a change of the settings, a hash is only ever made dearer by either.
function isCheaper(phc: string, { memoryKib, passes, lanes }: HashCost): boolean {
  const made = /^\$argon2id\$v=19\$([^$]+)\$/.exec(phc)?.[1]?.split(',') ?? [];
  const costOf = (name: string) =>
    Number(made.find((part) => part.startsWith(`${name}=`))?.slice(2) ?? 0);
  return costOf('m') < memoryKib || costOf('t') < passes || costOf('p') < lanes;
}

function refuseBusy(): DomainError {
  const message = 'Too many people are signing in at the moment. Try again in a few seconds.';
  return new DomainError('unavailable', 'sign_in_busy', message, { retryAfterSeconds: 2 });
}

function unusable(): DomainError {
  return new DomainError('invalid', 'password_unusable', 'This text cannot be a password.');
}
