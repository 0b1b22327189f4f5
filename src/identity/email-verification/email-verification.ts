// Whether a mail to a person's address reaches them: shown by a link, or by the code beside it where the person is
// known already. Both are bound to the address, so that another one needs a proof of its own.
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import type { Actor } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Outbox } from '../../operations/mail/outbox.ts';
import { currentRequest } from '../../operations/request-scope.ts';
import { transact } from '../../storage/database.ts';
import {
  isCodeOpen,
  issueLinkWithCode,
  type LinkDeps,
  linkInvalid,
  type OpenLink,
  requireCode,
  spendLink,
} from '../one-time-links/one-time-links.ts';
import { confirmAddress } from '../users/address-proof.ts';
import { getUser, type User } from '../users/users.ts';

export interface VerificationDeps extends LinkDeps {
  mail: Pick<Outbox, 'available' | 'queue'>;
  mailedCodeKey: Buffer;
}

const VERIFICATION_SECONDS = 86_400;

/** Whether the person has an address that is still to be verified. */
export function needsVerification({
  email,
  emailVerified,
}: Pick<User, 'email' | 'emailVerified'>): boolean {
  return email !== null && !emailVerified;
}

interface Sender {
  actor: Actor;
  request?: RequestFacts | undefined;
}

/**
 * Mails a link and a code; an older one of either ends.
 * @throws DomainError `not-found` `user_not_found`; `conflict` `nothing_to_verify` when the person has no address, or
 * a verified one; `too-many` `rate_limited`; `unavailable` `mail_unavailable`
 */
export async function sendVerification(
  deps: VerificationDeps,
  userId: string,
  { actor, request }: Sender,
): Promise<void> {
  const user = await getUser(deps, userId);
  const { email } = user;
  if (email === null || !needsVerification(user)) throw nothingToVerify();
  if (!deps.mail.available) throw mailUnavailable();

  await deps.rateLimits.consume('emailVerification', userId);
  const at = deps.clock.now();
  await transact(deps.db, async (tx) => {
    const link = { userId, email, purpose: 'verify-email', seconds: VERIFICATION_SECONDS } as const;
    const { token, code, expiresAt } = await issueLinkWithCode(tx, deps, link);
    const data = { path: `/verify-email/${token}`, code, expiresAt } as const;
    await deps.mail.queue(tx, { kind: 'verify-email', to: email, userId, data });
    await appendAuditEvent(tx, at, {
      type: 'user.email_verification_requested',
      outcome: 'success',
      actor,
      target: { type: 'user', id: userId },
      request,
    });
  });
}

/** Unless a code that still counts is on its way. Whoever had too many mails has a button that says so. */
export async function mailVerificationOnce(deps: VerificationDeps, userId: string): Promise<void> {
  if (await isCodeOut(deps, userId)) return;
  try {
    const sender = { actor: { type: 'user', id: userId }, request: currentRequest() } as const;
    await sendVerification(deps, userId, sender);
  } catch (error) {
    if (!(error instanceof DomainError) || !UNSENT.has(error.code)) throw error;
  }
}

/** What the page of the code tells; `nothing_to_verify`, when it was just done elsewhere. */
const UNSENT = new Set(['rate_limited', 'nothing_to_verify']);

/** Whether a code was mailed to the person that may still be typed. */
export function isCodeOut(deps: Pick<LinkDeps, 'db' | 'clock'>, userId: string): Promise<boolean> {
  return isCodeOpen(deps, { purpose: 'verify-email', userId });
}

/** @throws DomainError `not-found` `link_invalid` */
export async function verifyByLink(
  { db, clock }: LinkDeps,
  link: OpenLink,
  facts: RequestFacts,
): Promise<void> {
  const { user, email } = link;
  await transact(db, async (tx) => {
    await spendLink(tx, link, clock.now());
    if (!(await confirmAddress(tx, { clock }, { user, email, facts }))) throw linkInvalid();
  });
}

/**
 * For a person who is known already, in the middle of signing in: the code is too short to tell who somebody is.
 * @throws DomainError `invalid` `code_invalid`, the same for a wrong code, for one that was guessed at five times, and
 * for one that was mailed to another address
 */
export async function verifyByCode(
  deps: VerificationDeps,
  { userId, code }: { userId: string; code: string },
  facts: RequestFacts,
): Promise<void> {
  const link = await requireCode(deps, { purpose: 'verify-email', userId, code }, facts);
  await verifyByLink(deps, link, facts);
}

function nothingToVerify(): DomainError {
  const message = 'This person has no email address that is still to be verified.';
  return new DomainError('conflict', 'nothing_to_verify', message);
}

function mailUnavailable(): DomainError {
  const message = 'No mail leaves from here: SMTP_URL is not set.';
  return new DomainError('unavailable', 'mail_unavailable', message);
}
