// Every rate limit there is. A number here weighs two harms: what an attacker may try, and whom he can lock out.

export interface RateLimit {
  /** This many in `seconds`; the next is refused until the window ends. */
  points: number;
  seconds: number;
  /** Instead of the window's end: how long the first, second, … excess of a day blocks. The last repeats. */
  blockSeconds?: readonly number[];
  /**
   * Taken from the database at a time and spent in memory, so that a frequent limit costs a fraction of a query.
   * The price: a node may leave as many unspent, and the caller gets that many fewer.
   */
  lease?: number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

export const RATE_LIMITS = {
  /**
   * Key: user id. Codes of an authenticator or of recovery, wherever they are typed. Three of a million codes are right
   * at a time; whoever gets here has the password or the session, so a stranger locks nobody out.
   */
  secondFactor: {
    points: 10,
    seconds: 15 * MINUTE,
    blockSeconds: [15 * MINUTE, HOUR, 4 * HOUR],
  },
  /** Key: address. Passkeys that were refused at a sign-in, each of which leaves an audit event; there is nothing to guess. */
  passkeyFailures: { points: 30, seconds: 5 * MINUTE },
  /** Key: user id. Changes to a second factor at the account, each of which sends a mail. */
  factorChanges: { points: 20, seconds: HOUR },
  /** Key: user id. Pictures of themselves, each of which keeps a processor busy for up to ten seconds. */
  newPictures: { points: 20, seconds: HOUR },
  /** Key: user id. The present password, asked again of a person who is signed in. */
  presentPassword: {
    points: 10,
    seconds: 15 * MINUTE,
    blockSeconds: [15 * MINUTE, 30 * MINUTE, HOUR],
  },
  /** Key: client and address. Failed client authentication and invalid grants. */
  tokenFailures: { points: 60, seconds: MINUTE },
  /** Key: address. User codes have 20^8 values; a device code lives ten minutes. */
  deviceUserCodes: { points: 20, seconds: 10 * MINUTE },
  /** Key: address. Dynamic client registration. */
  registration: { points: 20, seconds: HOUR },
  /** Key: address. Whatever leaves a row behind for a caller that is nobody yet: authorization requests and the like. */
  anonymousRows: { points: 300, seconds: MINUTE, lease: 10 },
  /** Key: address. The one-time setup link. */
  setup: { points: 10, seconds: 15 * MINUTE, blockSeconds: [15 * MINUTE, HOUR] },
  /** Key: address. Asking for a new password; each may send a mail to somebody. */
  recoveryByAddress: { points: 20, seconds: 15 * MINUTE },
  /**
   * Key: person, or what was typed where it is nobody's. Mails with a link to a new password. Whoever exceeds it on
   * purpose locks nobody out: the last link that was mailed is as valid as the limit is long.
   */
  recoveryByAccount: { points: 5, seconds: HOUR },
  /** Key: person. Mails that verify an address, and with each five guesses at its code. */
  emailVerification: { points: 5, seconds: HOUR },
  /** Key: address. Asking for a mail to sign in by; each may send one to somebody. */
  mailedCodeByAddress: { points: 20, seconds: 15 * MINUTE },
  /** Key: sign-in. The same, so that no mailbox is flooded by one open page. */
  mailedCodeBySignIn: { points: 5, seconds: 30 * MINUTE },
  /**
   * Key: person, or what was typed where it is nobody's. Mails to sign in by that strangers asked for. With each come five
   * guesses at one of 10^8 codes; nobody is told that it is used up, and the person signs in by other ways.
   */
  mailedCodeByAccount: { points: 5, seconds: HOUR },
  /** Key: person and the mark of a browser they have signed in in before, which no stranger uses up. */
  mailedCodeByDevice: { points: 10, seconds: HOUR },
  /** Key: address. Wrong codes from mails to sign in by. */
  mailedCodeGuesses: { points: 60, seconds: 15 * MINUTE },
  /** Key: address. Accounts that somebody wants to open; each leaves a row for a day, and may send a mail to somebody. */
  newAccountByAddress: { points: 20, seconds: HOUR },
  /** Key: the mail address wanted. Mails to it, and with each five guesses at its code. */
  newAccountByMail: { points: 5, seconds: HOUR },
  /** Key: person. Changes of the address, each of which mails a link to whatever address was typed. */
  emailChange: { points: 5, seconds: HOUR },
  /** Key: address. One-time links that are not there, or no longer. */
  oneTimeLinks: { points: 30, seconds: 15 * MINUTE },
  /**
   * Key: address. Requests that the protocol refused, each of which leaves an audit event: beyond, the answer is 429 and
   * no event. Nobody else is hurt, since what is not refused is not counted.
   */
  refusals: { points: 300, seconds: MINUTE, lease: 10 },
  /** Key: address. Forms that failed the forgery check, each of which leaves an audit event. */
  forgedForms: { points: 30, seconds: MINUTE },
} as const satisfies Record<string, RateLimit>;

export type RateLimitName = keyof typeof RATE_LIMITS;
