// A new passkey of a person who is signed in. Who may add one (a sign-in just now) is for the caller to see to.
import { createHmac } from 'node:crypto';
import type { Config } from '../../config.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { type Db, transact } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/database-errors.ts';
import { type NoticeDeps, tellOfChange } from '../users/credential-notice.ts';
import { endRememberedBrowsers } from '../remembered-browsers/remembered-browsers.ts';
import { holdFactors, makeFirstRecoveryCodes } from '../second-factors/second-factors.ts';
import { isPasswordStill } from '../users/credentials.ts';
import type { User } from '../users/users.ts';
import type { AttestationAnswer } from './passkey-answer.ts';
import {
  CHALLENGE_SECONDS,
  isOwnChallenge,
  newChallenge,
  type Occasion,
  useChallenge,
} from './passkey-challenge.ts';
import { firstNameOf } from './passkey-names.ts';
import * as store from './passkey-store.ts';
import { partyOf, passkeyRefused, type PasskeyUseDeps } from './passkey-use.ts';
import { ALGORITHMS, challengeOf, type NewCredential, verifyAttestation } from './webauthn.ts';

export interface PasskeyEnrolmentDeps extends PasskeyUseDeps, NoticeDeps {
  config: PasskeyUseDeps['config'] & Pick<Config, 'databaseUrl'>;
}

const MOST_PASSKEYS = 20;

interface Enrolment {
  user: Pick<User, 'id' | 'login' | 'name'>;
  /** What it happens in, such as the session: no other answers its challenge. */
  place: string;
}

export interface PasskeyMade {
  /** In clear for the only time, where the person had none. */
  recoveryCodes: string[];
  isSynced: boolean;
}

interface NewPasskey extends Enrolment {
  answer: AttestationAnswer;
  /** In words, as in "Firefox on Windows". */
  browser: string | undefined;
  /** Of the credentials as the person was let in with; whichever they are, if absent. */
  version?: number | undefined;
  /** What belongs to the same act: without it, the codes would be lost. */
  within?: (tx: Db, made: PasskeyMade) => Promise<void>;
}

/** What a browser makes a passkey by (PublicKeyCredentialCreationOptionsJSON). */
export async function enrolmentOptions(deps: PasskeyUseDeps, { user, place }: Enrolment) {
  const { config, db, clock, factorKey } = deps;
  const passkeys = await store.listOf(db, user.id);
  return {
    rp: { id: config.passkeyRpId, name: new URL(config.issuer).host },
    user: {
      id: handleOf(factorKey, user.id),
      name: user.login,
      displayName: user.name ?? user.login,
    },
    challenge: newChallenge(factorKey, occasionOf({ user, place }), clock.now()),
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    timeout: CHALLENGE_SECONDS * 1000,
    excludeCredentials: passkeys.map(store.toDescriptor),
    // One that can be found without a name, and that is two factors in one.
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    attestation: 'none',
  };
}

/**
 * @returns with the recovery codes, in clear for the only time, where the person had none
 * @throws DomainError `unauthenticated` `passkey_refused`; `conflict` `passkey_exists` or `too_many_passkeys`
 */
export async function addPasskey(
  deps: PasskeyEnrolmentDeps,
  { user, place, answer, browser, version, within }: NewPasskey,
  facts: RequestFacts,
): Promise<PasskeyMade> {
  const { config, db, clock, factorKey } = deps;
  const challenge = challengeOf(answer) ?? '';
  const occasion = occasionOf({ user, place });
  const isOurs = isOwnChallenge(factorKey, { challenge, occasion }, clock.now());
  const made = isOurs ? await verifyAttestation(partyOf(config), answer) : undefined;
  if (!made) throw passkeyRefused();

  const row = {
    ...toRow(made),
    userId: user.id,
    userHandle: handleOf(factorKey, user.id),
    transports: answer.response.transports.join(' '),
    name: firstNameOf(made.aaguid, browser),
    createdAt: clock.now(),
  };
  try {
    return await transact(db, async (tx) => {
      const recoveryCodes = await insert(tx, deps, { row, challenge, version, facts });
      const added = { recoveryCodes, isSynced: made.isSynced };
      await within?.(tx, added);
      return added;
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const message = 'This passkey is in use here already.';
    throw new DomainError('conflict', 'passkey_exists', message, { cause: error });
  }
}

interface Insertion {
  row: store.NewPasskeyRow;
  challenge: string;
  version: number | undefined;
  facts: RequestFacts;
}

async function insert(
  tx: Db,
  deps: PasskeyEnrolmentDeps,
  { row, challenge, version, facts }: Insertion,
): Promise<string[]> {
  const { userId, createdAt: at } = row;
  if (!(await isLetIn(tx, deps, { userId, version }))) throw passkeyRefused();
  await holdFactors(tx, userId); // or several at once would pass the limit
  const before = await store.listOf(tx, userId);
  if (before.length >= MOST_PASSKEYS) throw tooMany();
  if (!(await useChallenge(tx, challenge, at))) throw passkeyRefused();

  const { id } = await store.insert(tx, row);
  await endRememberedBrowsers(tx, userId);
  await appendAuditEvent(tx, at, {
    type: 'passkey.added',
    outcome: 'success',
    actor: { type: 'user', id: userId },
    target: { type: 'user', id: userId },
    request: facts,
    detail: { passkey: id },
  });
  await tellOfChange(tx, deps, { userId, change: 'passkey-added', address: facts.address });
  return makeFirstRecoveryCodes(tx, { userId, at });
}

/** Until the transaction ends: what ends all access of the person ends this too, or comes after it and finds it. */
async function isLetIn(
  tx: Db,
  { config }: PasskeyEnrolmentDeps,
  { userId: id, version }: { userId: string; version: number | undefined },
): Promise<boolean> {
  if (version === undefined) return true;
  return isPasswordStill({ db: tx, config }, { id, credentialsVersion: version });
}

/** Opaque to whoever reads it on the authenticator (WebAuthn §14.6.1), and the same for all passkeys of a person. */
function handleOf(key: Buffer, userId: string): string {
  return createHmac('sha256', key).update(`passkey user ${userId}`).digest('base64url');
}

const occasionOf = ({ user, place }: Enrolment): Occasion => ({
  purpose: 'registration',
  of: `${place} ${user.id}`,
});

function toRow({ isSynced, isBackedUp, counter, ...same }: NewCredential) {
  return { ...same, counter: BigInt(counter), synced: isSynced, backedUp: isBackedUp };
}

function tooMany(): DomainError {
  const message = `A person has at most ${MOST_PASSKEYS} passkeys. Remove one first.`;
  const values = { count: MOST_PASSKEYS };
  return new DomainError('conflict', 'too_many_passkeys', message, { values });
}
