// A forgotten password: whoever receives the person's mail may choose another. What somebody asked for is answered the
// same for everybody, in words, status and time; the audit log alone knows whether a mail was sent, and it goes to the
// address on record, never to the one that was typed.
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import type { AttemptDelays } from '../../operations/attempt-delays.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Outbox } from '../../operations/mail/outbox.ts';
import type { RateLimits } from '../../operations/rate-limiter.ts';
import { type Db, transact } from '../../storage/database.ts';
import {
  issueLink,
  type LinkDeps,
  linkInvalid,
  type OpenLink,
  spendLink,
} from '../one-time-links/one-time-links.ts';
import { replacePassword } from '../users/address-proof.ts';
import { passwordUseOf } from '../second-factors/second-factors.ts';
import { keepNewPassword, type NewPasswordDeps } from '../users/new-user.ts';
import { readLogin } from '../users/user-profile.ts';
import { findUserBySignInName, type User } from '../users/users.ts';

export interface RecoveryDeps extends LinkDeps, NewPasswordDeps {
  rateLimits: Pick<RateLimits, 'assertNotBlocked' | 'consume'>;
  attemptDelays: Pick<AttemptDelays, 'forget'>;
  mail: Pick<Outbox, 'available' | 'queue'>;
}

/** As long as `recoveryByAccount`, so that nobody who uses that up leaves a person without a valid link. */
export const RESET_LINK_SECONDS = 3600;

/** Far more than either way takes, so that what is left of the difference disappears in it. */
const ANSWER_MS = 250;

type Obstacle = 'unknown_user' | 'no_address' | 'disabled' | 'limited';

/**
 * Mails a link to a new password, if there is such a person with an address; nobody is told.
 * @param name a login or an email address, as typed
 * @throws DomainError `too-many` `rate_limited`, by the caller's address alone
 */
export async function requestRecovery(
  deps: RecoveryDeps,
  name: string,
  facts: RequestFacts,
): Promise<void> {
  await deps.rateLimits.consume('recoveryByAddress', facts.address);
  await Promise.all([sleep(ANSWER_MS), mailLinkTo(deps, name, facts)]);
}

async function mailLinkTo(deps: RecoveryDeps, name: string, facts: RequestFacts): Promise<void> {
  const user = await findUserBySignInName(deps, name);
  const isLimited = await isOverLimit(deps, user?.id ?? readLogin(name) ?? '');
  const addressee = user && addresseeOf(user);
  const obstacle = isLimited ? 'limited' : obstacleFor(user);
  await transact(deps.db, async (tx) => {
    if (addressee && !obstacle) await queueLink(tx, deps, { ...addressee, facts });
    await appendAuditEvent(tx, deps.clock.now(), {
      type: 'user.recovery_requested',
      outcome: obstacle ? 'refused' : 'success',
      actor: { type: 'anonymous' },
      ...(user && { target: { type: 'user', id: user.id } }),
      request: facts,
      ...(obstacle && { detail: { reason: obstacle } }),
    });
  });
}

function addresseeOf({ id, email }: User): Addressee | undefined {
  return email === null ? undefined : { userId: id, email };
}

/** An address that is not verified yet is no obstacle: following the link verifies it. See docs/recovery.md. */
function obstacleFor(user: User | undefined): Obstacle | undefined {
  if (!user) return 'unknown_user';
  if (user.disabledAt) return 'disabled';
  return user.email === null ? 'no_address' : undefined;
}

/** The caller must not notice: somebody else may have used it up. */
async function isOverLimit({ rateLimits }: RecoveryDeps, account: string): Promise<boolean> {
  try {
    await rateLimits.consume('recoveryByAccount', account);
    return false;
  } catch (error) {
    if (error instanceof DomainError && error.refusal === 'too-many') return true;
    throw error;
  }
}

interface Addressee {
  userId: string;
  email: string;
}

async function queueLink(
  tx: Db,
  deps: RecoveryDeps,
  { userId, email, facts }: Addressee & { facts: RequestFacts },
): Promise<void> {
  const link = { userId, email, purpose: 'reset-password', seconds: RESET_LINK_SECONDS } as const;
  const { token, expiresAt } = await issueLink(tx, deps, link);
  await deps.mail.queue(tx, {
    kind: 'reset-password',
    to: email,
    userId,
    data: { path: `/recovery/${token}`, expiresAt, from: { address: facts.address } },
  });
}

/**
 * Sets the password, uses up the link and ends everything that the person is signed in to, all or nothing.
 * @throws DomainError `invalid` `password_…`; `not-found` `link_invalid`; `unavailable` `sign_in_busy`
 */
export async function completeRecovery(
  deps: RecoveryDeps,
  { link, password: text }: { link: OpenLink; password: string },
  facts: RequestFacts,
): Promise<void> {
  const { user, email } = link;
  const use = await passwordUseOf(deps, user.id);
  const password = await keepNewPassword(deps, text, { owner: user, use });
  await transact(deps.db, async (tx) => {
    await spendLink(tx, link, deps.clock.now());
    if (!(await replacePassword(tx, deps, { user, email, password, facts }))) throw linkInvalid();
  });
  await forgetFailedSignIns(deps, [user.login, email], facts);
}

/** Whoever comes for a new password has often tried the old one until they were blocked. */
async function forgetFailedSignIns(
  { attemptDelays }: RecoveryDeps,
  names: string[],
  { address }: RequestFacts,
): Promise<void> {
  for (const name of new Set(names)) {
    await attemptDelays.forget({ name: 'signInByAccountAndAddress', key: [name, address] });
  }
}
