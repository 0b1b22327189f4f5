// Setting up an authenticator app. Who may do so (a password typed just now) is for the caller to see to.
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Db } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/database-errors.ts';
import { seal } from '../../storage/sealed-value.ts';
import type { FormerAuthenticator } from '../one-time-links/undo-links.ts';
import { endRememberedBrowsers } from '../remembered-browsers/remembered-browsers.ts';
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
export function addAuthenticator(
  deps: SecondFactorDeps,
  typed: Enrolment,
  facts: RequestFacts,
): Promise<string[]> {
  return enrol(deps, typed, { facts, makeRoom: () => Promise.resolve(undefined) });
}

/**
 * The same in place of the app that there is, if any: that one, and the recovery codes, end with the first right code.
 * @throws DomainError as addAuthenticator does; `conflict` when another set-up was first
 */
export function replaceAuthenticator(
  deps: SecondFactorDeps,
  typed: Offer & TypedCode,
  facts: RequestFacts,
): Promise<string[]> {
  return enrol(deps, typed, {
    facts,
    makeRoom: (tx) => store.takeAuthenticator(tx, typed.userId),
  });
}

interface Manner {
  facts: RequestFacts;
  /** Takes away the app that there is. */
  makeRoom: (tx: Db) => Promise<FormerAuthenticator | undefined>;
}

async function enrol(
  deps: SecondFactorDeps,
  { userId, occasion, code, within }: Enrolment,
  { facts, makeRoom }: Manner,
): Promise<string[]> {
  const seed = offeredSeed(deps, { userId, occasion });
  const codes = newRecoveryCodes();
  try {
    await proveOnce(deps, { userId, factor: 'totp', facts }, async (tx) => {
      const at = deps.clock.now();
      const lastStep = stepOfCode(seed, code, at);
      if (lastStep === undefined) return false;

      const former = await makeRoom(tx);
      const sealedSeed = seal(deps.factorKey, seed, sealContext(userId));
      await store.insertAuthenticator(tx, { userId, sealedSeed, lastStep, createdAt: at });
      await store.replaceRecoveryCodes(tx, userId, { hashes: codes.map(hashRecoveryCode), at });
      await endRememberedBrowsers(tx, userId);
      await tellOfEnrolment(tx, deps, { userId, former, facts });
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

interface Enrolled {
  userId: string;
  former: FormerAuthenticator | undefined;
  facts: RequestFacts;
}

async function tellOfEnrolment(
  tx: Db,
  deps: SecondFactorDeps,
  { userId, former, facts }: Enrolled,
): Promise<void> {
  const types = [
    ...(former ? (['second_factor.removed'] as const) : []),
    'second_factor.added',
  ] as const;
  for (const type of types) {
    await appendAuditEvent(tx, deps.clock.now(), {
      type,
      outcome: 'success',
      actor: { type: 'user', id: userId },
      target: { type: 'user', id: userId },
      request: facts,
    });
  }
  const change = former ? 'authenticator-replaced' : 'authenticator-added';
  await tellOfChange(tx, deps, { userId, change, address: facts.address, former });
}
