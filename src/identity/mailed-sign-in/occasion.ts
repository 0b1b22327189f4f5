// What a mailed code and link are worth something for: one sign-in, in the browser that asked.
import { hashSecret } from '../../foundation/secrets.ts';
import { hashMailedCode } from '../one-time-links/mailed-code.ts';

export interface Occasion {
  /** The interaction's, which nobody else has. */
  uid: string;
  /** Tells the browser that asked from others. */
  browser: string;
}

/** How long it takes to hear nothing of somebody: far more than either way does, so that the difference disappears in it. */
export const ANSWER_MS = 250;

/** As it is kept: the uid opens the sign-in, together with its cookie. */
export const idOf = ({ uid }: Occasion): string => hashSecret(uid);

/** @param code as somebody typed it */
export function hashSignInCode(
  { mailedCodeKey }: { mailedCodeKey: Buffer },
  code: string,
  { userId, occasion }: { userId: string; occasion: Occasion },
): string {
  return hashMailedCode(mailedCodeKey, code, { userId, purpose: `sign-in:${idOf(occasion)}` });
}
