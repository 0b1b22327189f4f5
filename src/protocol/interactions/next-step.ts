// What a person has to do next, as one table. Values only: what was proved, what they have, what is asked for.

/** Authenticator assurance level (NIST SP 800-63B): one factor or two. A level is met by itself and by what is above. */
export type Level = 1 | 2;

export type NextStep = 'refuse' | 'password' | 'second-factor' | 'enrol-second-factor' | 'done';

export type Factor = 'password' | 'totp' | 'recovery-code';

export interface Proof {
  by: Factor;
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
  demand: Demand;
  /** Epoch seconds. */
  now: number;
}

/** A second factor joins a password of the same half day (SP 800-63B §4.2.3). */
const STEP_UP_SECONDS = 12 * 3600;
/** Whoever finds an open session must not be able to set up a second factor of his own. */
const ENROLMENT_SECONDS = 10 * 60;

/** The first row that applies. */
const TABLE: readonly { step: NextStep; when: (facts: Facts) => boolean }[] = [
  { step: 'refuse', when: ({ level }) => level === 'unknown' },
  { step: 'password', when: ({ password }) => !password },
  { step: 'done', when: ({ second }) => second !== undefined },
  // Who has a second factor is asked for it at every sign-in, but not for each application of a session.
  {
    step: 'done',
    when: ({ level, isEnrolled, isSignIn }) => level === 1 && !(isEnrolled && isSignIn),
  },
  { step: 'password', when: ({ isEnrolled, age }) => isEnrolled && age > STEP_UP_SECONDS },
  { step: 'second-factor', when: ({ isEnrolled }) => isEnrolled },
  { step: 'password', when: ({ age }) => age > ENROLMENT_SECONDS },
  { step: 'enrol-second-factor', when: () => true },
];

interface Facts {
  level: Demand['level'];
  isEnrolled: boolean;
  password: Proof | undefined;
  second: Proof | undefined;
  /** Whether the password was typed on the way through these pages. */
  isSignIn: boolean;
  /** Of the password. */
  age: number;
}

export function nextStep(situation: Situation): NextStep {
  const facts = factsOf(situation);
  return TABLE.find(({ when }) => when(facts))?.step ?? 'password';
}

/** The proofs that a sign-in rests on: the newest password, and with it the newest second factor. */
export function standingProofs(situation: Pick<Situation, 'proofs' | 'demand' | 'now'>): Proof[] {
  const { proofs, demand, now } = situation;
  const standing = proofs
    .filter((proof) => stands(proof, demand, now))
    .toSorted((a, b) => b.at - a.at);
  const password = standing.find(({ by }) => by === 'password');
  const second = standing.find(({ by }) => by !== 'password');
  return [password, second].filter((proof) => proof !== undefined);
}

function factsOf(situation: Situation): Facts {
  const standing = standingProofs(situation);
  const password = standing.find(({ by }) => by === 'password');
  return {
    level: situation.demand.level,
    isEnrolled: situation.isEnrolled,
    password,
    second: standing.find(({ by }) => by !== 'password'),
    isSignIn: password?.in === 'sign-in',
    age: situation.now - (password?.at ?? 0),
  };
}

/** What was proved on these pages is what the request asked for, however long the person takes over the rest. */
function stands(proof: Proof, { anew, maxAgeSeconds }: Demand, now: number): boolean {
  if (proof.in === 'sign-in') return true;
  return !anew && (maxAgeSeconds === undefined || now - proof.at <= maxAgeSeconds);
}
