// Proving who one is with a passkey: by itself, or after a password. It makes no session: that is the protocol's. Nobody
// learns from an answer whether there is such a passkey, or such a person; the audit log alone knows.
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { RateLimits } from '../../operations/rate-limiter.ts';
import { transact } from '../../storage/database.ts';
import { proveOnce, type SecondFactorDeps } from '../second-factors/second-factors.ts';
import type { User } from '../users/users.ts';
import type { AssertionAnswer } from './passkey-answer.ts';
import { CHALLENGE_SECONDS, newChallenge, type Occasion } from './passkey-challenge.ts';
import * as store from './passkey-store.ts';
import {
  examineUse,
  type GoodUse,
  type PasskeyFailure,
  passkeyRefused,
  type PasskeyUseDeps,
  recordSuspicion,
  spendUse,
} from './passkey-use.ts';

export interface PasskeySignInDeps extends PasskeyUseDeps, SecondFactorDeps {
  rateLimits: Pick<RateLimits, 'assertNotBlocked' | 'consume' | 'reset'>;
}

interface Answer {
  answer: AssertionAnswer;
  /** The interaction that it is given in. */
  interactionUid: string;
}

export interface PasskeyProof {
  user: User;
  isUserVerified: boolean;
  isSynced: boolean;
}

/**
 * With the passkey alone, which must have made sure of its user.
 * @throws DomainError `unauthenticated` `passkey_refused`; `too-many` `rate_limited`
 */
export async function signInWithPasskey(
  deps: PasskeySignInDeps,
  { answer, interactionUid }: Answer,
  facts: RequestFacts,
): Promise<PasskeyProof> {
  deps.rateLimits.assertNotBlocked('passkeyFailures', facts.address);
  const occasion = signInOccasion(interactionUid);
  const found = await examineUse(deps, { answer, occasion, needsVerification: true });
  if ('failure' in found) throw await refuse(deps, found, facts);

  const failure = await signInBy(deps, found, facts);
  if (failure) throw await refuse(deps, { failure, passkey: found.passkey }, facts);
  return proofOf(found);
}

/**
 * After a password, where a touch is enough.
 * @throws DomainError `unauthenticated` `passkey_refused`; `too-many` `rate_limited`
 */
export async function proveByPasskey(
  deps: PasskeySignInDeps,
  { userId, answer, interactionUid }: Answer & { userId: string },
  facts: RequestFacts,
): Promise<PasskeyProof> {
  const occasion = secondFactorOccasion(interactionUid, userId);
  const found = await examineUse(deps, { answer, occasion, userId, needsVerification: false });
  const proof = { userId, factor: 'passkey', facts, refusal: passkeyRefused } as const;
  await proveOnce(deps, proof, async (tx) => {
    if ('failure' in found) return false;
    const failure = await spendUse(tx, deps, found);
    if (failure === 'counter_went_back')
      await recordSuspicion(tx, deps, { ...found, told: found.use.counter, facts });
    return failure === undefined;
  });
  if ('failure' in found) throw passkeyRefused();
  return proofOf(found);
}

/** What a browser asks an authenticator for (PublicKeyCredentialRequestOptionsJSON): of anybody, so it tells of nobody. */
export function signInOptions(deps: PasskeyUseDeps, interactionUid: string) {
  return requestOptions(deps, signInOccasion(interactionUid), {
    allowCredentials: [],
    userVerification: 'required',
  });
}

/** The same, of one person's passkeys. */
export async function secondFactorOptions(
  deps: PasskeyUseDeps,
  { interactionUid, userId }: { interactionUid: string; userId: string },
) {
  const passkeys = await store.listOf(deps.db, userId);
  return requestOptions(deps, secondFactorOccasion(interactionUid, userId), {
    allowCredentials: passkeys.map(store.toDescriptor),
    userVerification: 'discouraged',
  });
}

interface Asked {
  allowCredentials: ReturnType<typeof store.toDescriptor>[];
  userVerification: 'required' | 'discouraged';
}

function requestOptions({ config, clock, factorKey }: PasskeyUseDeps, at: Occasion, asked: Asked) {
  return {
    challenge: newChallenge(factorKey, at, clock.now()),
    rpId: config.passkeyRpId,
    timeout: CHALLENGE_SECONDS * 1000,
    ...asked,
  };
}

const signInOccasion = (interactionUid: string): Occasion => ({
  purpose: 'sign-in',
  of: interactionUid,
});

const secondFactorOccasion = (interactionUid: string, userId: string): Occasion => ({
  purpose: 'second-factor',
  of: `${interactionUid} ${userId}`,
});

const proofOf = ({ passkey, use: { isUserVerified, isSynced } }: GoodUse): PasskeyProof => ({
  user: passkey.user,
  isUserVerified,
  isSynced,
});

function signInBy(
  deps: PasskeySignInDeps,
  found: GoodUse,
  facts: RequestFacts,
): Promise<PasskeyFailure | undefined> {
  const { userId } = found.passkey;
  return transact(deps.db, async (tx) => {
    const failure = await spendUse(tx, deps, found);
    if (failure === 'counter_went_back')
      await recordSuspicion(tx, deps, { ...found, told: found.use.counter, facts });
    if (failure) return failure;

    await appendAuditEvent(tx, deps.clock.now(), {
      type: 'sign_in.succeeded',
      outcome: 'success',
      actor: { type: 'user', id: userId },
      target: { type: 'user', id: userId },
      request: facts,
      detail: { factor: 'passkey', passkey: found.passkey.id },
    });
    return undefined;
  });
}

interface Refused {
  failure: PasskeyFailure;
  passkey?: { userId: string } | undefined;
}

/** Failures alone are counted: nobody guesses a signature, but each leaves an event. */
async function refuse(
  { db, clock, rateLimits }: PasskeySignInDeps,
  { failure, passkey }: Refused,
  facts: RequestFacts,
) {
  await rateLimits.consume('passkeyFailures', facts.address);
  await appendAuditEvent(db, clock.now(), {
    type: 'sign_in.failed',
    outcome: 'refused',
    actor: { type: 'anonymous' },
    ...(passkey && { target: { type: 'user', id: passkey.userId } }),
    request: facts,
    detail: { factor: 'passkey', reason: failure },
  });
  return passkeyRefused();
}
