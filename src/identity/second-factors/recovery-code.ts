// Recovery codes ("look-up secrets", NIST SP 800-63B §5.1.2): what they look like and how they are kept. Values only.
import { randomBytes } from 'node:crypto';
import { hashSecret } from '../../foundation/secrets.ts';

const HOW_MANY = 10;
const CHARACTERS = 16;
/** RFC 4648 §6: no 0, 1, 8 or 9, which are taken for letters. Five bits each. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Ten codes of 80 random bits, each as a person writes it down: `abcd-efgh-ijkl-mnop`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: HOW_MANY }, () => grouped(newCode()));
}

/** What is kept of a code, however it was typed; it need not be slow to compute, as 80 bits cannot be tried. */
export function hashRecoveryCode(typed: string): string {
  return hashSecret(typed.toLowerCase().replaceAll(/[^a-z\d]/g, ''));
}

function newCode(): string {
  return Array.from(randomBytes(CHARACTERS), (byte) => ALPHABET.charAt(byte % 32)).join('');
}

const grouped = (code: string) => code.match(/.{4}/g)?.join('-') ?? code;
