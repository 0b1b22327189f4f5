// The second factor of people: whether they have one, and whether a code proves it. Each code proves it once, which the
// database decides. It never looks at passwords, and makes no session: what follows from a proof is the protocol's.
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import type { Actor } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { currentRequest } from '../../operations/request-scope.ts';
import type { RateLimits } from '../../operations/rate-limiter.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import { unseal } from '../../storage/sealed-value.ts';
import type { PasswordUse } from '../passwords/password-checks.ts';
import { endRememberedBrowsers } from '../remembered-browsers/remembered-browsers.ts';
import { type NoticeDeps, tellOfChange } from '../users/credential-notice.ts';
import { hashRecoveryCode, newRecoveryCodes } from './recovery-code.ts';
import * as store from './second-factor-store.ts';
import { stepOfCode } from './totp-code.ts';

export interface SecondFactorDeps extends NoticeDeps {
  db: Database;
  clock: Clock;
  /** 32 bytes, the same on every node. */
  factorKey: Buffer;
  rateLimits: Pick<RateLimits, 'consume' | 'reset'>;
}

export type SecondFactor = 'totp' | 'recovery-code' | 'passkey';

/** A code as a person typed it. */
export interface TypedCode {
  userId: string;
  code: string;
}

export async function hasSecondFactor({ db }: { db: Db }, userId: string): Promise<boolean> {
  return store.hasAny(db, userId);
}

/** Which kinds the person is to be asked for. */
export function listSecondFactors({ db }: { db: Db }, userId: string) {
  return store.findKinds(db, userId);
}

/**
 * Recovery codes come with the first second factor of any kind; whoever has some keeps them.
 * @returns the new ones, in clear for the only time
 */
export async function makeFirstRecoveryCodes(
  tx: Db,
  { userId, at }: { userId: string; at: Date },
): Promise<string[]> {
  if ((await store.countRecoveryCodes(tx, userId)) > 0) return [];
  const codes = newRecoveryCodes();
  await store.replaceRecoveryCodes(tx, userId, { hashes: codes.map(hashRecoveryCode), at });
  return codes;
}

/** Whoever else changes them waits until the transaction ends. */
export function holdFactors(tx: Db, userId: string): Promise<void> {
  return store.lockFactors(tx, userId);
}

/** With the last second factor, the codes that stood in for it go too. */
export function removeIdleRecoveryCodes(tx: Db, userId: string): Promise<void> {
  return store.removeIdleRecoveryCodes(tx, userId);
}

/** What a password of this person has to prove, from which follows how long it must be. */
export async function passwordUseOf(deps: { db: Db }, userId: string): Promise<PasswordUse> {
  return (await hasSecondFactor(deps, userId)) ? 'with-second-factor' : 'alone';
}

/** @throws DomainError `unauthenticated` `invalid_code`; `too-many` `rate_limited` */
export async function proveByAuthenticator(
  deps: SecondFactorDeps,
  { userId, code }: TypedCode,
  facts: RequestFacts,
): Promise<void> {
  await proveOnce(deps, { userId, factor: 'totp', facts }, async (tx) => {
    const authenticator = await store.findAuthenticator(tx, userId);
    if (!authenticator) return false;
    const seed = unseal(deps.factorKey, authenticator.sealedSeed, sealContext(userId));
    const step = stepOfCode(seed, code, deps.clock.now());
    return step !== undefined && store.raiseStep(tx, authenticator, step);
  });
}

/** @throws DomainError `unauthenticated` `invalid_code`; `too-many` `rate_limited` */
export async function proveByRecoveryCode(
  deps: SecondFactorDeps,
  { userId, code }: TypedCode,
  facts: RequestFacts,
): Promise<void> {
  await proveOnce(deps, { userId, factor: 'recovery-code', facts }, async (tx) => {
    if (!(await store.useRecoveryCode(tx, userId, hashRecoveryCode(code)))) return false;
    const { address } = facts;
    await tellOfChange(tx, deps, { userId, change: 'recovery-code-used', address });
    return true;
  });
}

/**
 * For people who have lost them; they sign in with their password alone until they set up another. Twice is once.
 * @returns whether there were any
 */
export function removeSecondFactors(
  deps: Pick<SecondFactorDeps, 'db' | 'clock' | 'mail'>,
  userId: string,
  actor: Actor,
): Promise<boolean> {
  return transact(deps.db, async (tx) => {
    const removed = await store.removeAll(tx, userId);
    if (!removed) return false;
    await endRememberedBrowsers(tx, userId);
    await appendAuditEvent(tx, deps.clock.now(), {
      type: 'second_factor.removed',
      outcome: 'success',
      actor,
      target: { type: 'user', id: userId },
      request: currentRequest(),
    });
    const { former, passkeys } = removed;
    if (former || passkeys === 0)
      await tellOfChange(tx, deps, { userId, change: 'authenticator-removed', former });
    if (passkeys > 0) await tellOfChange(tx, deps, { userId, change: 'passkey-removed' });
    return true;
  });
}

/** A seed opens for its own person alone. */
export const sealContext = (userId: string) => `authenticator:${userId}`;

interface Proof {
  userId: string;
  factor: SecondFactor;
  facts: RequestFacts;
  /** Unless it is a code that is refused. */
  refusal?: (() => DomainError) | undefined;
}

/** Counts before it looks, so that attempts in parallel cannot outrun the limit; one limit for all kinds of codes. */
export async function proveOnce(
  deps: Pick<SecondFactorDeps, 'db' | 'clock' | 'rateLimits'>,
  proof: Proof,
  proves: (tx: Db) => Promise<boolean>,
): Promise<void> {
  const { db, clock, rateLimits } = deps;
  const { userId, factor, facts, refusal = invalidCode } = proof;
  await rateLimits.consume('secondFactor', userId);
  const event = {
    actor: { type: 'user', id: userId },
    target: { type: 'user', id: userId },
    request: facts,
    detail: { factor },
  } as const;
  const isProved = await transact(db, async (tx) => {
    if (!(await proves(tx))) return false;
    await appendAuditEvent(tx, clock.now(), {
      type: 'second_factor.passed',
      outcome: 'success',
      ...event,
    });
    return true;
  });
  if (!isProved) {
    await appendAuditEvent(db, clock.now(), {
      type: 'second_factor.failed',
      outcome: 'refused',
      ...event,
    });
    throw refusal();
  }
  await rateLimits.reset('secondFactor', userId);
}

function invalidCode(): DomainError {
  const message = 'This code is not right, or it was used before. Each code works once.';
  return new DomainError('unauthenticated', 'invalid_code', message);
}
