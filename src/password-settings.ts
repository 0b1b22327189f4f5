// The settings of passwords; part of settings.ts. docs/passwords.md.
import { count, setting, webPage } from './setting-kinds.ts';

export const PASSWORD_SETTINGS = {
  PASSWORD_MIN_CHARACTERS: setting(
    count(15, 8, 64),
    'The least characters of a new password where it is the only proof, as NIST SP 800-63B-4 asks.',
  ),
  PASSWORD_MIN_CHARACTERS_WITH_SECOND_FACTOR: setting(
    count(8, 8, 64),
    'The least characters of a new password beside a second factor.',
  ),
  PASSWORD_BREACH_CHECK_URL: setting(
    webPage,
    'A range API of breached passwords that new ones are looked up in, as https://api.pwnedpasswords.com/range; it gets 5 of 40 digits of a SHA-1. Without it nobody is asked.',
  ),
  PASSWORD_HASH_CONCURRENCY: setting(
    count(1),
    'Password hashes computed at a time in one process.',
  ),
  PASSWORD_HASH_QUEUE: setting(
    count(50),
    'Password hashes that may be computed or wait in one process; beyond, sign-in answers 503 with Retry-After.',
  ),
  PASSWORD_HASH_MEMORY_KIB: setting(
    count(19_456, 7168, 2_097_152),
    'argon2id: memory of one password hash, in KiB. With the passes never less than an OWASP choice: 47104 with 1, 19456 with 2, 12288 with 3, 9216 with 4, 7168 with 5.',
  ),
  PASSWORD_HASH_PASSES: setting(
    count(2, 1, 64),
    'argon2id: passes over the memory. Hashes with less memory, passes or lanes than set are made anew at sign-in.',
  ),
  PASSWORD_HASH_LANES: setting(
    count(1, 1, 16),
    'argon2id: lanes, each a thread of its own while a password is hashed.',
  ),
};

// The choices of the OWASP Password Storage Cheat Sheet for argon2id, which it calls equal; memory by passes.
const LEAST_MEMORY_KIB = [47_104, 19_456, 12_288, 9216, 7168];

function leastMemoryKib(passes: number): number {
  return LEAST_MEMORY_KIB[passes - 1] ?? 7168;
}

interface Settled {
  passwordHashMemoryKib: number;
  passwordHashPasses: number;
}

export const PASSWORD_RULES: { broken: (config: Settled) => boolean; fault: string }[] = [
  {
    broken: ({ passwordHashMemoryKib, passwordHashPasses }) =>
      passwordHashMemoryKib < leastMemoryKib(passwordHashPasses),
    fault:
      'PASSWORD_HASH_MEMORY_KIB: with this many PASSWORD_HASH_PASSES that is less than OWASP asks for: 47104 with 1, 19456 with 2, 12288 with 3, 9216 with 4, 7168 with 5 or more',
  },
];
