// How hard a password is to guess, for a person who is about to choose another one. It decides nothing: what is refused
// is the policy's business.
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.ts';
import { runOneOffWorker } from '../../foundation/one-off-worker.ts';
import type { Logger } from '../../operations/log.ts';
import { createBoundedQueue } from './bounded-queue.ts';
import { type PasswordOwner, wordsOf } from './password-policy.ts';
import { readPassword } from './password-text.ts';

const MILLISECONDS = 5000;
const LIMITS = { concurrency: 1, queue: 5 };

const level = z.literal([0, 1, 2, 3, 4]);

export interface PasswordStrength {
  /** 0 (very weak) to 4 (strong). */
  level: number;
}

export interface StrengthMeter {
  /** Nothing where there is nothing to measure, or too much to do: the page goes without then. */
  measure(password: string, owner: PasswordOwner): Promise<PasswordStrength | undefined>;
}

export function createStrengthMeter({ log }: { log: Pick<Logger, 'warn'> }): StrengthMeter {
  const queue = createBoundedQueue(LIMITS, () => {
    return new DomainError('unavailable', 'meter_busy', 'Too many passwords are being measured.');
  });
  return {
    async measure(text, { login, email, name }) {
      const password = readPassword(text);
      if (!password) return undefined;

      const ownWords = [...wordsOf([login, email, name])];
      try {
        return { level: level.parse(await queue.run(() => scoreOf({ password, ownWords }))) };
      } catch (err) {
        // An ornament: whatever goes wrong with it must not cost the person their form.
        log.warn({ err }, 'a password could not be measured');
        return undefined;
      }
    },
  };
}

function scoreOf(input: { password: string; ownWords: string[] }): Promise<unknown> {
  const module = 'strength-worker';
  return runOneOffWorker({ beside: import.meta.url, module, input, milliseconds: MILLISECONDS });
}
