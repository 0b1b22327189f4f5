// What a person has to do next, as one table. Values only: what was proved, what they have, what is asked for.

/** Authenticator assurance level (NIST SP 800-63B): one factor or two. A level is met by itself and by what is above. */
export type Level = 1 | 2;

export type NextStep = 'refuse' | 'first-factor' | 'second-factor' | 'enrol-second-factor' | 'done';

export type Factor = 'password' | 'passkey' | 'mailed-code' | 'totp' | 'recovery-code';

/** What a passkey said of itself when it was used. */
export interface PasskeyUse {
  /** Whether it made sure of its user, by PIN or biometrics: then it is two factors in one. */
  isUserVerified: boolean;
  /** Whether it may be on several devices (WebAuthn's backup eligibility). */
  isSynced: boolean;
}

export interface Proof {
  by: Factor;
  /** Of a passkey, and of nothing else. */
  passkey?: PasskeyUse | undefined;
  /** Epoch seconds. */
  at: number;
  /** Whether it was proved on the way through these pages, or before. */
  in: 'sign-in' | 'session';
}

export interface Demand {
  level: Level | 'unknown';
  /** OpenID Connect's max_age. */
  maxAgeSeconds?: number | undefined;
  /** Whether what was proved before does not count: `prompt=login`, or somebody else is meant. */
  anew: boolean;
}

export interface Situation {
  proofs: readonly Proof[];
  /** Whether the person has a second factor; of nobody it is false. */
  isEnrolled: boolean;
  /** Whether the person said of this browser that it is not to be asked for the second factor. */
  isRemembered?: boolean | undefined;
  demand: Demand;
  /** Epoch seconds. */
  now: number;
}

/** A second factor joins a first one of the same half day (SP 800-63B §4.2.3). */
const STEP_UP_SECONDS = 12 * 3600;
/** Whoever finds an open session must not be able to set up a second factor of his own. */
const ENROLMENT_SECONDS = 10 * 60;

/** The first row that applies. */
const TABLE: readonly { step: NextStep; when: (facts: Facts) => boolean }[] = [
  { step: 'refuse', when: ({ level }) => level === 'unknown' },
  { step: 'first-factor', when: ({ first }) => !first },
  { step: 'done', when: ({ reached }) => reached === 2 },
  { step: 'done', when: ({ level, hasBoth }) => level === 1 && hasBoth },
  // Who has a second factor is asked for it at every sign-in, but not for each application of a session.
  {
    step: 'done',
    when: ({ level, isEnrolled, isSignIn }) => level === 1 && !(isEnrolled && isSignIn),
  },
  // Which proves nothing, and so is never more than one factor.
  { step: 'done', when: ({ level, isRemembered }) => level === 1 && isRemembered },
  // Mail is no second channel (SP 800-63B §5.1.3.1): nothing that is added to it makes two factors.
  { step: 'first-factor', when: ({ level, first }) => level === 2 && first === 'mailed-code' },
  { step: 'first-factor', when: ({ isEnrolled, age }) => isEnrolled && age > STEP_UP_SECONDS },
  { step: 'second-factor', when: ({ isEnrolled }) => isEnrolled },
  { step: 'first-factor', when: ({ age }) => age > ENROLMENT_SECONDS },
  { step: 'enrol-second-factor', when: () => true },
];

interface Facts {
  level: Demand['level'];
  isEnrolled: boolean;
  isRemembered: boolean;
  reached: Level;
  first: Factor | undefined;
  hasBoth: boolean;
  /** Whether the first factor was proved on the way through these pages. */
  isSignIn: boolean;
  /** Of the first factor. */
  age: number;
}

export function nextStep(situation: Situation): NextStep {
  const facts = factsOf(situation);
  return TABLE.find(({ when }) => when(facts))?.step ?? 'first-factor';
}

/**
 * The proofs that a sign-in rests on: a passkey that verified its user alone, or else a password or a mailed code, and
 * with it the newest second factor. The first one comes first.
 */
export function standingProofs(situation: Pick<Situation, 'proofs' | 'demand' | 'now'>): Proof[] {
  const { proofs, demand, now } = situation;
  const standing = proofs
    .filter((proof) => stands(proof, demand, now))
    .toSorted((a, b) => b.at - a.at);
  const passkey = standing.find(isTwoInOne);
  if (passkey) return [passkey];

  const first =
    standing.find(({ by }) => by === 'password') ?? standing.find(({ by }) => by === 'mailed-code');
  return [first, standing.find(isSecond)].filter((proof) => proof !== undefined);
}

/** @param proofs as `standingProofs` gives them */
export function levelReached(proofs: readonly Proof[]): Level {
  const hasPassword = proofs.some(({ by }) => by === 'password');
  return proofs.some(isTwoInOne) || (hasPassword && proofs.some(isSecond)) ? 2 : 1;
}

const isTwoInOne = ({ passkey }: Proof) => passkey?.isUserVerified === true;

const isSecond = ({ by }: Proof) => by === 'totp' || by === 'recovery-code' || by === 'passkey';

function factsOf(situation: Situation): Facts {
  const standing = standingProofs(situation);
  const first = standing.find((proof) => isTwoInOne(proof) || !isSecond(proof));
  return {
    level: situation.demand.level,
    isEnrolled: situation.isEnrolled,
    isRemembered: situation.isRemembered ?? false,
    reached: levelReached(standing),
    first: first?.by,
    hasBoth: first !== undefined && standing.length > 1,
    isSignIn: first?.in === 'sign-in',
    age: situation.now - (first?.at ?? 0),
  };
}

/** What was proved on these pages is what the request asked for, however long the person takes over the rest. */
function stands(proof: Proof, { anew, maxAgeSeconds }: Demand, now: number): boolean {
  if (proof.in === 'sign-in') return true;
  return !anew && (maxAgeSeconds === undefined || now - proof.at <= maxAgeSeconds);
}
