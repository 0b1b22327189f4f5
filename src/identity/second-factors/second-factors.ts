// The second factor of people: whether they have one, and whether a code proves it. Each code proves it once, which the
// database decides. It never looks at passwords, and makes no session: what follows from a proof is the protocol's.
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import type { Actor } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { RateLimits } from '../../operations/rate-limiter.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import { unseal } from '../../storage/sealed-value.ts';
import { type FactorMailDeps, tellOfChange } from './factor-mail.ts';
import { hashRecoveryCode } from './recovery-code.ts';
import * as store from './second-factor-store.ts';
import { stepOfCode } from './totp-code.ts';

export interface SecondFactorDeps extends FactorMailDeps {
  db: Database;
  clock: Clock;
  /** 32 bytes, the same on every node. */
  factorKey: Buffer;
  rateLimits: Pick<RateLimits, 'consume' | 'reset'>;
}

export type SecondFactor = 'totp' | 'recovery-code';

/** A code as a person typed it. */
export interface TypedCode {
  userId: string;
  code: string;
}

export async function hasSecondFactor({ db }: { db: Db }, userId: string): Promise<boolean> {
  return (await store.findAuthenticator(db, userId)) !== null;
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
    if (!(await store.removeAll(tx, userId))) return false;
    await appendAuditEvent(tx, deps.clock.now(), {
      type: 'second_factor.removed',
      outcome: 'success',
      actor,
      target: { type: 'user', id: userId },
    });
    await tellOfChange(tx, deps, { userId, change: 'authenticator-removed' });
    return true;
  });
}

/** A seed opens for its own person alone. */
export const sealContext = (userId: string) => `authenticator:${userId}`;

interface Proof {
  userId: string;
  factor: SecondFactor;
  facts: RequestFacts;
}

/** Counts before it looks, so that attempts in parallel cannot outrun the limit; one limit for all kinds of codes. */
export async function proveOnce(
  deps: Pick<SecondFactorDeps, 'db' | 'clock' | 'rateLimits'>,
  proof: Proof,
  proves: (tx: Db) => Promise<boolean>,
): Promise<void> {
  const { db, clock, rateLimits } = deps;
  const { userId, factor, facts } = proof;
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
    throw invalidCode();
  }
  await rateLimits.reset('secondFactor', userId);
}

function invalidCode(): DomainError {
  const message = 'This code is not right, or it was used before. Each code works once.';
  return new DomainError('unauthenticated', 'invalid_code', message);
}
