// What a new password must be, as far as it can be told from the text alone: a function of values.
//
// NIST SP 800-63B-4 §3.1.1.2: length and a blocklist protect; composition rules and forced changes make people
// choose worse, so there are none. Long passphrases are welcome, and nothing is truncated.
import { isCommonPassword, isMadeOf, OBVIOUS_WORDS } from './common-passwords.ts';
import type { PasswordFault } from './password-faults.ts';
import { passwordLength, readPassword } from './password-text.ts';

/** Whose password it is to be: what an attacker who aims at this person tries first. */
export interface PasswordOwner {
  login: string;
  email?: string | null | undefined;
  name?: string | null | undefined;
}

export interface PasswordContext {
  owner: PasswordOwner;
  /** What this service is called, and where it is: its own name, the issuer's host. */
  serviceNames: readonly string[];
  minCharacters: number;
}

/** Why this must not become the owner's password; nothing when it may. */
export function findPasswordFaultCode(
  text: string,
  { owner, serviceNames, minCharacters }: PasswordContext,
): PasswordFault['code'] | undefined {
  const password = readPassword(text);
  if (password === undefined) return 'password_unusable';
  if (passwordLength(password) < minCharacters) return 'password_too_short';
  if (isCommonPassword(password)) return 'password_common';

  const ownWords = wordsOf([...serviceNames, owner.login, owner.email, owner.name]);
  // The common words alone do not make it up: so one of their own is in it.
  if (isMadeOf(new Set([...ownWords, ...OBVIOUS_WORDS]), password)) return 'password_personal';
  return undefined;
}

const MIN_WORD_CHARACTERS = 3;

/** Each name whole and in its parts: `wonder.land@example.com` is also `wonder`, `land`, `example` and `com`. */
export function wordsOf(names: readonly (string | null | undefined)[]): Set<string> {
  const whole = names.filter((name) => name !== null && name !== undefined).map(folded);
  const parts = whole.flatMap((name) => name.split(/[^\p{L}\p{N}]+/u));
  return new Set([...whole, ...parts].filter((word) => word.length >= MIN_WORD_CHARACTERS));
}

function folded(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}
