// The end of a registration: the address is shown to be theirs, and the person is there. By the code in the browser that
// began, or by the link; elsewhere the link alone is not enough. Whoever receives a mail that they did not ask for could
// otherwise be led to open an account whose password somebody else has chosen.
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { DomainError } from '../../foundation/errors.ts';
import { hashSecret, isSameSecret } from '../../foundation/secrets.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { transact } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/database-errors.ts';
import { MOST_CODE_ATTEMPTS } from '../one-time-links/mailed-code.ts';
import { linkInvalid } from '../one-time-links/one-time-links.ts';
import { acceptTerms } from '../terms/terms.ts';
import { confirmAddress } from '../users/address-proof.ts';
import { insertDraft } from '../users/new-user.ts';
import { getUser, type User } from '../users/users.ts';
import { assertMayRegister } from './openness.ts';
import * as store from './pending-registration-store.ts';
import { hashOfCode, type PendingRegistration, type RegistrationDeps } from './registration.ts';

/**
 * Every attempt counts, whether it is right or not, before it is looked at.
 * @throws DomainError `invalid` `code_invalid`, the same for a wrong code, one that was guessed at five times, and one
 * that was mailed to nobody; `conflict` `account_exists`
 */
export async function confirmByCode(
  deps: RegistrationDeps,
  { pending, code }: { pending: PendingRegistration; code: string },
  facts: RequestFacts,
): Promise<void> {
  const typed = hashOfCode(deps.mailedCodeKey, code, pending.browserMark);
  const mayTry = await store.countAttempt(deps.db, pending.id, MOST_CODE_ATTEMPTS);
  if (mayTry && isSameSecret(typed, pending.codeHash)) return openAccount(deps, pending, facts);

  await recordRefusal(deps, facts);
  const message =
    'This code is not right, or no longer. Look at the newest mail, or ask for another.';
  throw new DomainError('invalid', 'code_invalid', message);
}

/**
 * The registration of a mailed link, confirmed or not: looking at it uses nothing up.
 * @throws DomainError `not-found` `link_invalid`; `too-many` `rate_limited`
 */
export async function requirePending(
  deps: RegistrationDeps,
  token: string,
  facts: RequestFacts,
): Promise<PendingRegistration> {
  deps.rateLimits.assertNotBlocked('oneTimeLinks', facts.address);
  const found = await store.findByToken(deps.db, hashSecret(token), deps.clock.now());
  if (found) return found;

  await deps.rateLimits.consume('oneTimeLinks', facts.address);
  await recordRefusal(deps, facts);
  throw linkInvalid();
}

interface Link {
  pending: PendingRegistration;
  /** Of the browser in which it was followed. */
  browserMark: string | undefined;
  /** As it was chosen when the account was asked for. */
  password: string;
}

export function needsPassword({ pending, browserMark }: Omit<Link, 'password'>): boolean {
  return browserMark === undefined || !isSameSecret(browserMark, pending.browserMark);
}

/**
 * Without effect where it was confirmed before.
 * @throws DomainError `invalid` `password_unlike`; `not-found` `link_invalid` after too many attempts; `conflict`
 * `account_exists`; `unavailable` `sign_in_busy`
 */
export async function confirmByLink(
  deps: RegistrationDeps,
  { pending, browserMark, password }: Link,
  facts: RequestFacts,
): Promise<void> {
  if (pending.confirmedAt) return;
  if (needsPassword({ pending, browserMark })) await assertChosen(deps, pending, password);
  await openAccount(deps, pending, facts);
}

/** The person, for the browser that began to go on as them, once; nothing for any other, or when they are disabled. */
export function takeRegistered(
  { db, clock }: Pick<RegistrationDeps, 'db' | 'clock'>,
  { id, browserMark, userId }: PendingRegistration,
  facts: RequestFacts,
): Promise<User | undefined> {
  return transact(db, async (tx) => {
    if (!userId || !(await store.removeConfirmed(tx, { id, browserMark }))) return undefined;

    const user = await getUser({ db: tx }, userId);
    if (user.disabledAt) return undefined;
    await appendAuditEvent(tx, clock.now(), {
      type: 'sign_in.succeeded',
      outcome: 'success',
      actor: { type: 'user', id: user.id },
      target: { type: 'user', id: user.id },
      request: facts,
    });
    return user;
  });
}

/** Two who confirm it, or two who want the address: the database lets one of them win. */
async function openAccount(
  deps: RegistrationDeps,
  pending: PendingRegistration,
  facts: RequestFacts,
): Promise<void> {
  const { id, email, name, locale, passwordHash, termsVersion: version } = pending;
  assertMayRegister(deps.config, email);
  const at = deps.clock.now();
  const draft = { login: email, email, name, locale, passwordHash, administrator: false };
  try {
    await transact(deps.db, async (tx) => {
      if (!(await store.confirm(tx, id, at))) throw linkInvalid();
      const act = { at, actor: { type: 'anonymous' }, request: facts } as const;
      const user = await insertDraft(tx, draft, act);
      await confirmAddress(tx, deps, { user, email, facts });
      if (version) await acceptTerms(tx, deps, { userId: user.id, version, facts });
      await store.settle(tx, { id, email, userId: user.id });
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw accountExists(error);
    throw error;
  }
}

/** Said to whoever has shown that the address is theirs. */
export function accountExists(cause: unknown): DomainError {
  const message = 'There is an account with this address already: sign in with it.';
  return new DomainError('conflict', 'account_exists', message, { cause });
}

async function assertChosen(
  deps: RegistrationDeps,
  { id, passwordHash }: PendingRegistration,
  password: string,
): Promise<void> {
  if (!(await store.countAttempt(deps.db, id, MOST_CODE_ATTEMPTS))) throw linkInvalid();
  if (await deps.passwordHashing.verify(passwordHash, password)) return;

  const message = 'This is not the password that was chosen when the account was asked for.';
  throw new DomainError('invalid', 'password_unlike', message);
}

async function recordRefusal({ db, clock }: RegistrationDeps, facts: RequestFacts): Promise<void> {
  await appendAuditEvent(db, clock.now(), {
    type: 'user.link_refused',
    outcome: 'refused',
    actor: { type: 'anonymous' },
    request: facts,
    detail: { purpose: 'registration' },
  });
}
