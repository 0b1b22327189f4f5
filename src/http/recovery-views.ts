// The pages behind mailed links, and the one that asks for such a mail.
import type { Moment } from './moments.ts';
import type { GuardView } from './registration-views.ts';

export interface RecoveryViews {
  'email-change/confirm': {
    action: string;
    csrf: string;
    newEmail: string;
    /** Where the old address stops the change. */
    cancellation?: string | undefined;
  };
  'email-change/cancel': { action: string; csrf: string; newEmail: string };
  'email-change/done': { state: 'changed' | 'waiting' | 'cancelled' };
  'recovery/request': {
    action: string;
    csrf: string;
    /** As typed. */
    login: string;
    guard?: GuardView | undefined;
    fault?: string | undefined;
  };
  /** `lifetime`: for how long a link works, in words. */
  'recovery/sent': { back: string; lifetime: string };
  'recovery/new-password': {
    action: string;
    csrf: string;
    /** Whose password it is to be, for people with several accounts and for password managers. */
    login: string;
    faults: { password?: string; passwordAgain?: string };
    minPasswordCharacters: number;
    /** Of the password that was typed: from 0 to 4, and in a word. */
    strength?: { level: number } | undefined;
  };
  'recovery/ended': { again: string };
  /** `signIn`: the sign-in that the person came from, if it still waits. */
  'recovery/done': { signIn?: string | undefined };
  /** `change`: what happened, in words. */
  'undo/confirm': { action: string; csrf: string; login: string; change: string; moment: Moment };
  'undo/ended': { again: string };
  'undo/done': Record<string, never>;
  'verify-email/confirm': { action: string; csrf: string; email: string };
  'verify-email/done': Record<string, never>;
}
