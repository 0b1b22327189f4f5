// Setting up an authenticator app. Who may do so (a password typed just now) is for the caller to see to.
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Db } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/database-errors.ts';
import { seal } from '../../storage/sealed-value.ts';
import { tellOfChange } from '../users/credential-notice.ts';
import { hashRecoveryCode, newRecoveryCodes } from './recovery-code.ts';
import * as store from './second-factor-store.ts';
import { proveOnce, sealContext, type SecondFactorDeps, type TypedCode } from './second-factors.ts';
import { deriveSeed, stepOfCode } from './totp-code.ts';

interface Offer {
  userId: string;
  /** A secret of this one enrolment, such as the interaction's id: with it the same seed comes out again. */
  occasion: string;
}

/** The seed to set an app up with, in base32; it is stored nowhere until `addAuthenticator` is given a code of it. */
export function offeredSeed(
  { factorKey }: Pick<SecondFactorDeps, 'factorKey'>,
  { userId, occasion }: Offer,
): string {
  return deriveSeed(factorKey, JSON.stringify([userId, occasion]));
}

interface Enrolment extends Offer, TypedCode {
  /** What belongs to the same act: without it, the codes would be lost. */
  within?: (tx: Db, recoveryCodes: readonly string[]) => Promise<void>;
}

/**
 * The app counts from the first right code on, which is used up with that.
 * @returns the person's recovery codes, in clear for the only time
 * @throws DomainError `unauthenticated` `invalid_code`; `too-many` `rate_limited`; `conflict` `second_factor_exists`
 */
export async function addAuthenticator(
  deps: SecondFactorDeps,
  { userId, occasion, code, within }: Enrolment,
  facts: RequestFacts,
): Promise<string[]> {
  const seed = offeredSeed(deps, { userId, occasion });
  const codes = newRecoveryCodes();
  try {
    await proveOnce(deps, { userId, factor: 'totp', facts }, async (tx) => {
      const at = deps.clock.now();
      const lastStep = stepOfCode(seed, code, at);
      if (lastStep === undefined) return false;

      const sealedSeed = seal(deps.factorKey, seed, sealContext(userId));
      await store.insertAuthenticator(tx, { userId, sealedSeed, lastStep, createdAt: at });
      await store.replaceRecoveryCodes(tx, userId, { hashes: codes.map(hashRecoveryCode), at });
      await appendAuditEvent(tx, at, {
        type: 'second_factor.added',
        outcome: 'success',
        actor: { type: 'user', id: userId },
        target: { type: 'user', id: userId },
        request: facts,
      });
      const { address } = facts;
      await tellOfChange(tx, deps, { userId, change: 'authenticator-added', address });
      await within?.(tx, codes);
      return true;
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const message = 'This account has an authenticator app already.';
    throw new DomainError('conflict', 'second_factor_exists', message, { cause: error });
  }
  return codes;
}
