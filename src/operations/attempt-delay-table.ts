// How often somebody may try to prove who they are, by whom and where it is counted. Nothing here locks: what is tried
// too often is heard after a delay that grows, and never longer than a quarter of an hour.

export interface AttemptDelay {
  /** So many attempts are heard at once; each one from then on closes the key for a delay. */
  free: number;
  /** The same while the whole server meets far more failures than usual. */
  freeUnderAttack: number;
  /** How long attempts are remembered, from the first on. */
  seconds: number;
  /** After the last free attempt, the one after it, and so on; the last repeats. */
  delaySeconds: readonly number[];
}

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
const GROWING = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 15 * MINUTE] as const;

export const ATTEMPT_DELAYS = {
  /**
   * Key: the mark of a browser in which this person has signed in before (http/device-cookie.ts). It counts by itself,
   * and what others try at the same account, from wherever, delays nobody here.
   */
  signInByDevice: { free: 10, freeUnderAttack: 10, seconds: DAY, delaySeconds: GROWING },
  /** Key: login and address. Guessing at one account from one place. */
  signInByAccountAndAddress: { free: 5, freeUnderAttack: 5, seconds: DAY, delaySeconds: GROWING },
  /**
   * Key: login. Failures from places that the person has not signed in at. An address adds no more than its free
   * attempts, so that it takes ten addresses to delay the person where they are new, and one never does.
   */
  signInByAccount: { free: 50, freeUnderAttack: 10, seconds: DAY, delaySeconds: GROWING },
  /**
   * Key: address. Trying a few passwords on many accounts. The delay ends at a minute, since many people may share an
   * address.
   */
  signInByAddress: {
    free: 100,
    freeUnderAttack: 3,
    seconds: 15 * MINUTE,
    delaySeconds: GROWING.slice(0, 6).concat(MINUTE),
  },
  /**
   * One key for all: failures in browsers that are new to the account. From `free` on the server is under attack, which
   * delays nobody by itself: a limit that all share could be used up by one, to shut out the others.
   */
  signInFailures: {
    free: 1000,
    freeUnderAttack: 1000,
    seconds: 15 * MINUTE,
    delaySeconds: [],
  },
} as const satisfies Record<string, AttemptDelay>;

export type AttemptDelayName = keyof typeof ATTEMPT_DELAYS;
