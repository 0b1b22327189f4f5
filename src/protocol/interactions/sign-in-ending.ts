// Why a sign-in can't go on, from what there is of it. Values only.

export type Ending = 'elsewhere' | 'expired' | 'done' | 'over';

interface Remains {
  /** The interaction as it is stored, if it is. */
  stored: { isOpen: boolean } | undefined;
  /** Whether this browser began it. */
  isKnown: boolean;
  /** Whether anybody is signed in at this browser. */
  isSignedIn: boolean;
}

/** The first row that applies. */
const TABLE: readonly { ending: Ending; when: (remains: Remains) => boolean }[] = [
  // It is there, but the cookies that name it, or the session that it began in, are not.
  { ending: 'elsewhere', when: ({ stored }) => stored?.isOpen === true },
  { ending: 'expired', when: ({ stored }) => stored !== undefined },
  // What led to an answer is removed.
  { ending: 'done', when: ({ isKnown, isSignedIn }) => isKnown && isSignedIn },
  { ending: 'over', when: () => true },
];

export function endingOf(remains: Remains): Ending {
  return TABLE.find(({ when }) => when(remains))?.ending ?? 'over';
}
