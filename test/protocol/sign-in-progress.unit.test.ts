// All situations that a sign-in can begin in, and all ways on from them: each step that is done leads to another one, to
// the end, and the end is what was demanded.
import { expect, test } from '@jest/globals';
import { proofsOf } from '../../src/protocol/interactions/assurance.ts';
import {
  type Factor,
  levelReached,
  nextStep,
  type Proof,
  type Situation,
  standingProofs,
} from '../../src/protocol/interactions/next-step.ts';
import {
  type DueStep,
  dueStep,
  isKnown,
  type Pending,
} from '../../src/protocol/interactions/required-actions.ts';

const NOW = 1_800_000_000;

interface State {
  situation: Situation;
  pending: Pending;
}

const NOTHING: Pending = {
  isLeaving: false,
  isEmailToVerify: false,
  isPasswordToChange: false,
  isPasswordShort: false,
  areTermsToAccept: false,
};
const ALL: Pending = {
  isLeaving: true,
  isEmailToVerify: true,
  isPasswordToChange: true,
  isPasswordShort: true,
  areTermsToAccept: true,
};
const PENDING = [
  NOTHING,
  ALL,
  { ...NOTHING, isPasswordToChange: true },
  { ...NOTHING, isPasswordShort: true },
];

const SESSIONS = [
  [],
  ['pwd'],
  ['otp'],
  ['pwd', 'otp', 'mfa'],
  ['pwd', 'mfa'],
  ['hwk', 'user', 'mfa'],
  ['pwd', 'hwk', 'user', 'mfa'],
  ['otp', 'hwk', 'user'],
];
const AGES = [0, 5 * 60, 15 * 60, 13 * 3600];
const YES_OR_NO = [true, false];

const STATES: State[] = SESSIONS.flatMap((amr) =>
  AGES.flatMap((age) =>
    ([1, 2] as const).flatMap((level) =>
      [undefined, 600].flatMap((maxAgeSeconds) =>
        YES_OR_NO.flatMap((anew) =>
          YES_OR_NO.flatMap((isEnrolled) =>
            YES_OR_NO.flatMap((isRemembered) =>
              PENDING.map((pending) => ({
                pending,
                situation: {
                  proofs: proofsOf({ amr, authTime: NOW - age }),
                  isEnrolled,
                  isRemembered,
                  demand: { level, maxAgeSeconds, anew },
                  now: NOW,
                },
              })),
            ),
          ),
        ),
      ),
    ),
  ),
);

function due({ situation, pending }: State): DueStep {
  const next = nextStep(situation);
  const { proofs, isEnrolled, now } = situation;
  return isKnown(next) ? dueStep({ pending, next, proofs, isEnrolled, now }) : next;
}

const proof = (by: Factor, isUserVerified?: boolean): Proof => ({
  by,
  at: NOW,
  in: 'sign-in',
  ...(isUserVerified !== undefined && { passkey: { isUserVerified, isSynced: false } }),
});

function proved({ situation, pending }: State, one: Proof): State {
  const isEnrolled = situation.isEnrolled || one.by === 'totp';
  return { pending, situation: { ...situation, isEnrolled, proofs: [...situation.proofs, one] } };
}

const SECONDS = [
  proof('totp'),
  proof('recovery-code'),
  proof('passkey', false),
  proof('passkey', true),
];

function without(state: State, ...done: (keyof Pending)[]): State {
  const over = Object.fromEntries(done.map((name) => [name, false]));
  return { ...state, pending: { ...state.pending, ...over } };
}

/** What whoever is at a step can do there. Mail is not offered where two factors are demanded. */
const WAYS: Record<Exclude<DueStep, 'done' | 'refuse'>, (state: State) => State[]> = {
  'first-factor': (state) => [
    proved(state, proof('password')),
    ...(state.situation.demand.level === 1 ? [proved(state, proof('mailed-code'))] : []),
    ...(state.situation.isEnrolled ? [proved(state, proof('passkey', true))] : []),
  ],
  'second-factor': (state) => SECONDS.map((one) => proved(state, one)),
  'enrol-second-factor': (state) => [
    proved(state, proof('totp')),
    proved(state, proof('passkey', true)),
  ],
  'keep-account': (state) => [without(state, 'isLeaving')],
  'verify-email': (state) => [without(state, 'isEmailToVerify')],
  'change-password': (state) => [without(state, 'isPasswordToChange', 'isPasswordShort')],
  'accept-terms': (state) => [without(state, 'areTermsToAccept')],
};

/** The ends of all ways on; @throws where a way leads to a step that was done. */
function endsOf(state: State, done: readonly DueStep[] = []): State[] {
  const step = due(state);
  if (step === 'done') return [state];
  if (step === 'refuse' || done.includes(step))
    throw new Error(`${[...done, step].join(', ')}: ${JSON.stringify(state)}`);
  return WAYS[step](state).flatMap((next) => endsOf(next, [...done, step]));
}

test('every way leads to an end, and there is what was demanded', () => {
  const ends = STATES.flatMap((state) => endsOf(state));

  for (const { situation, pending } of ends) {
    const { demand, isEnrolled, isRemembered } = situation;
    const standing = standingProofs(situation);
    expect(levelReached(standing)).toBeGreaterThanOrEqual(Number(demand.level));
    expect(Object.values({ ...pending, isPasswordShort: false })).not.toContain(true);

    const [first] = standing;
    const isHere = first?.in === 'sign-in';
    const isAlone = standing.length === 1 && !first?.passkey?.isUserVerified;
    if (isHere && isEnrolled && !isRemembered && isAlone)
      throw new Error(`one factor of two: ${JSON.stringify(situation)}`);
    expect(demand.anew && standing.some((one) => one.in === 'session')).toBe(false);
  }
  expect(ends.length).toBeGreaterThan(STATES.length);
});
