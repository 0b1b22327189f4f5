// One use of a passkey: whether the answer is to a challenge of ours, by a passkey that we know, and was never given
// before. What follows from it is for the callers; nothing they tell says which of these was wrong.
import { hashSecret, isSameSecret } from '../../foundation/secrets.ts';
import type { Config } from '../../config.ts';
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Database, Db } from '../../storage/database.ts';
import type { AssertionAnswer } from './passkey-answer.ts';
import { isOwnChallenge, type Occasion, useChallenge } from './passkey-challenge.ts';
import * as store from './passkey-store.ts';
import { challengeOf, type Party, type Use, verifyAssertion } from './webauthn.ts';

export interface PasskeyUseDeps {
  config: Pick<Config, 'issuer' | 'passkeyRpId'>;
  db: Database;
  clock: Clock;
  /** 32 bytes, the same on every node. */
  factorKey: Buffer;
}

export interface Answered {
  answer: AssertionAnswer;
  occasion: Occasion;
  /** Whose it must be; without it, whose it says it is. */
  userId?: string | undefined;
  /** Whether the authenticator must have made sure of its user. */
  needsVerification: boolean;
}

export type PasskeyFailure =
  | 'wrong_challenge'
  | 'unknown_passkey'
  | 'not_verified'
  | 'disabled'
  | 'challenge_used'
  | 'counter_went_back';

export interface GoodUse {
  passkey: store.PasskeyOfUser;
  challenge: string;
  use: Use;
}

interface BadUse {
  failure: PasskeyFailure;
  /** Where it is known whose it is. */
  passkey?: store.PasskeyOfUser | undefined;
}

export const partyOf = ({ passkeyRpId, issuer }: PasskeyUseDeps['config']): Party => ({
  rpId: passkeyRpId,
  origin: issuer,
});

/** Changes nothing, and uses nothing up. */
export async function examineUse(
  deps: PasskeyUseDeps,
  { answer, occasion, userId, needsVerification }: Answered,
): Promise<GoodUse | BadUse> {
  const { config, db, clock, factorKey } = deps;
  const challenge = challengeOf(answer) ?? '';
  if (!isOwnChallenge(factorKey, { challenge, occasion }, clock.now()))
    return { failure: 'wrong_challenge' };

  const passkey = await store.findByCredentialId(db, answer.id);
  if (!passkey || !isMeant(passkey, { answer, userId })) return { failure: 'unknown_passkey' };

  const { publicKey } = passkey;
  const use = await verifyAssertion(partyOf(config), answer, { publicKey, needsVerification });
  if (!use || use.isSynced !== passkey.synced) return { failure: 'not_verified', passkey };
  if (passkey.user.disabledAt) return { failure: 'disabled', passkey };
  return { passkey, challenge, use };
}

/** Uses the challenge up, and remembers the counter; of two with the same answer, one gets through. */
export async function spendUse(
  tx: Db,
  { clock }: Pick<PasskeyUseDeps, 'clock'>,
  { passkey, challenge, use: { counter, isBackedUp } }: GoodUse,
): Promise<PasskeyFailure | undefined> {
  const at = clock.now();
  if (!(await useChallenge(tx, challenge, at))) return 'challenge_used';
  const isBeyond = await store.recordUse(tx, passkey.id, { counter, backedUp: isBackedUp, at });
  return isBeyond ? undefined : 'counter_went_back';
}

/** A counter that went back means that two authenticators have the same key (WebAuthn §6.1.1). */
export async function recordSuspicion(
  tx: Db,
  { clock }: Pick<PasskeyUseDeps, 'clock'>,
  { passkey: { id, userId, counter }, told, facts }: Suspicion,
): Promise<void> {
  await appendAuditEvent(tx, clock.now(), {
    type: 'passkey.clone_suspected',
    outcome: 'refused',
    actor: { type: 'anonymous' },
    target: { type: 'user', id: userId },
    request: facts,
    detail: { passkey: id, known: Number(counter), told },
  });
}

interface Suspicion {
  passkey: store.PasskeyOfUser;
  /** The counter in the answer. */
  told: number;
  facts: RequestFacts;
}

export function passkeyRefused(): DomainError {
  const message = 'This passkey was not accepted, or the page was open for too long. Try again.';
  return new DomainError('unauthenticated', 'passkey_refused', message);
}

/** Whoever is not known yet must be named by the passkey itself (WebAuthn §7.2). */
function isMeant(
  passkey: store.PasskeyOfUser,
  { answer, userId }: Pick<Answered, 'answer' | 'userId'>,
): boolean {
  const handle = answer.response.userHandle ?? (userId === undefined ? '' : passkey.userHandle);
  const isOwn = isSameSecret(hashSecret(handle), hashSecret(passkey.userHandle));
  return isOwn && (userId === undefined || userId === passkey.userId);
}
