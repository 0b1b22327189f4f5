// What a person has to do besides proving who they are, as one table: after the proofs (next-step.ts) and before the
// consent. Values only; what they are decided from is stored, so that no step can be left out.
import type { NextStep, Proof } from './next-step.ts';

export type RequiredAction = 'keep-account' | 'verify-email' | 'change-password' | 'accept-terms';

export type DueStep = NextStep | RequiredAction;

/** What is pending of a person. */
export interface Pending {
  /** The account is about to be deleted, unless its person keeps it. */
  isLeaving: boolean;
  isEmailToVerify: boolean;
  /** Somebody said so, or the typed password was found in a list. */
  isPasswordToChange: boolean;
  /** Whether the password is too short to stand alone. */
  isPasswordShort: boolean;
  areTermsToAccept: boolean;
}

export interface Passed {
  pending: Pending;
  /** What is due by the proofs alone. */
  next: NextStep;
  /** All of them: a fresh one counts, whether the sign-in rests on it or on the session. */
  proofs: readonly Proof[];
  isEnrolled: boolean;
  /** Epoch seconds. */
  now: number;
}

/** Whoever finds an open session must not be able to choose a password. */
const CHANGE_SECONDS = 10 * 60;

/** The first row that applies, to whoever has proved who they are. */
const TABLE: readonly { step: DueStep; when: (facts: Facts) => boolean }[] = [
  { step: 'keep-account', when: ({ isLeaving }) => isLeaving },
  { step: 'verify-email', when: ({ isEmailToVerify }) => isEmailToVerify },
  { step: 'first-factor', when: ({ needsPassword, isProofOld }) => needsPassword && isProofOld },
  { step: 'change-password', when: ({ needsPassword }) => needsPassword },
  { step: 'enrol-second-factor', when: ({ next }) => next === 'enrol-second-factor' },
  { step: 'accept-terms', when: ({ areTermsToAccept }) => areTermsToAccept },
];

interface Facts extends Pending {
  next: NextStep;
  needsPassword: boolean;
  isProofOld: boolean;
}

/** Whether what is due by the proofs alone leaves room for required actions: the person is known. */
export function isKnown(next: NextStep): boolean {
  return next === 'done' || next === 'enrol-second-factor';
}

export function dueStep(passed: Passed): DueStep {
  const { next } = passed;
  if (!isKnown(next)) return next;

  const facts = factsOf(passed);
  return TABLE.find(({ when }) => when(facts))?.step ?? next;
}

function factsOf({ pending, next, proofs, isEnrolled, now }: Passed): Facts {
  const isAlone = !isEnrolled && next !== 'enrol-second-factor';
  return {
    ...pending,
    next,
    needsPassword: pending.isPasswordToChange || (pending.isPasswordShort && isAlone),
    isProofOld: proofs.every((proof) => proof.in === 'session' && now - proof.at > CHANGE_SECONDS),
  };
}
