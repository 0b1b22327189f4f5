// What is pending of a person: almost all of it stands in their row, which whoever asks has read anyway.
import type { Config } from '../../config.ts';
import { needsVerification } from '../../identity/email-verification/email-verification.ts';
import { needsTerms } from '../../identity/terms/terms.ts';
import type { User } from '../../identity/users/users.ts';
import type { Db } from '../../storage/database.ts';
import type { Pending } from './required-actions.ts';

/** Of whom something may be pending. */
export type Pendent = Pick<
  User,
  | 'id'
  | 'email'
  | 'emailVerified'
  | 'passwordChangeRequiredAt'
  | 'passwordNeedsFactor'
  | 'deletionDueAt'
>;

export interface PendingDeps {
  config: Pick<Config, 'verifyEmail' | 'termsVersion' | 'termsUrl' | 'privacyUrl'>;
  db: Db;
}

/** One read, where terms are in force; else none. */
export async function pendingOf(deps: PendingDeps, person: Pendent): Promise<Pending> {
  return {
    isLeaving: person.deletionDueAt !== null,
    isEmailToVerify: deps.config.verifyEmail === 'required' && needsVerification(person),
    isPasswordToChange: person.passwordChangeRequiredAt !== null,
    isPasswordShort: person.passwordNeedsFactor,
    areTermsToAccept: await needsTerms(deps, person.id),
  };
}
