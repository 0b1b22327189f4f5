// Why a password is refused: every text for programs in one place. People read the catalogue’s (refusal.<code>).
import { MAX_PASSWORD_CHARACTERS } from './password-text.ts';

interface Limits {
  minCharacters: number;
}

const TEXTS = {
  password_unusable: () =>
    `A password has at most ${MAX_PASSWORD_CHARACTERS} characters, none of them NUL.`,
  password_too_short: ({ minCharacters }: Limits) =>
    `A password has at least ${minCharacters} characters: a few random words make a good one.`,
  password_common: () => 'This password is among the first that an attacker tries. Choose another.',
  password_breached: () =>
    'This password was published after a break-in somewhere, and attackers try it. Choose another.',
  password_personal: () =>
    'This password is made of your own name or this service’s. Choose another.',
} as const;

export interface PasswordFault {
  /** Stable, for programs. */
  code: keyof typeof TEXTS;
  message: string;
  values: { minCharacters: number };
}

export function passwordFault(code: PasswordFault['code'], limits: Limits): PasswordFault {
  return { code, message: TEXTS[code](limits), values: limits };
}
