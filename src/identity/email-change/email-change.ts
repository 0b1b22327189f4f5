// Another email address. Whoever has a verified one confirms the change there as well as at the new one, in any order,
// so that neither a session that was left open nor a typing error moves an account. Who has none confirms the new one
// alone. Whether the new address is somebody else's nobody is told before it is confirmed; the unique index decides then.
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { hashSecret, newSecret } from '../../foundation/secrets.ts';
import type { AuditEventType } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Outbox } from '../../operations/mail/outbox.ts';
import type { RateLimits } from '../../operations/rate-limiter.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import { readEmail } from '../users/user-profile.ts';
import type { User } from '../users/users.ts';
import * as store from './email-change-store.ts';

export interface EmailChangeDeps {
  db: Database;
  clock: Clock;
  mail: Pick<Outbox, 'available' | 'queue'>;
  rateLimits: Pick<RateLimits, 'assertNotBlocked' | 'consume'>;
}

const CHANGE_SECONDS = 86_400;

/** A change that waits to be confirmed. */
export interface PendingChange {
  newEmail: string;
  /** The address that must confirm too, if there is one. */
  oldEmail: string | undefined;
  confirmed: { old: boolean; new: boolean };
  expiresAt: Date;
}

export async function findPendingChange(
  { db, clock }: Pick<EmailChangeDeps, 'db' | 'clock'>,
  userId: string,
): Promise<PendingChange | undefined> {
  const change = await store.findOf(db, userId, clock.now());
  if (!change) return undefined;
  const { newEmail, oldEmail, oldTokenHash, oldConfirmedAt, newConfirmedAt, expiresAt } = change;
  return {
    newEmail,
    oldEmail: oldTokenHash === null ? undefined : (oldEmail ?? undefined),
    confirmed: { old: oldConfirmedAt !== null, new: newConfirmedAt !== null },
    expiresAt,
  };
}

/**
 * Mails a link to each address that must confirm; an older change ends.
 * @param typed the new address, as somebody typed it
 * @throws DomainError `invalid` `email_malformed` or `email_same`; `too-many` `rate_limited`; `unavailable`
 * `mail_unavailable`
 */
export async function requestEmailChange(
  deps: EmailChangeDeps,
  { user, typed }: { user: User; typed: string },
  facts: RequestFacts,
): Promise<void> {
  const newEmail = readEmail(typed);
  if (newEmail === user.email) throw sameAddress();
  if (!deps.mail.available) throw mailUnavailable();

  await deps.rateLimits.consume('emailChange', user.id);
  const now = deps.clock.now();
  const tokens = { new: newSecret(), old: user.emailVerified ? newSecret() : undefined };
  const expiresAt = new Date(now.getTime() + CHANGE_SECONDS * 1000);
  await transact(deps.db, async (tx) => {
    await store.put(tx, {
      userId: user.id,
      newEmail,
      oldEmail: user.email,
      newTokenHash: hashSecret(tokens.new),
      oldTokenHash: tokens.old === undefined ? null : hashSecret(tokens.old),
      newConfirmedAt: null,
      oldConfirmedAt: null,
      createdAt: now,
      expiresAt,
    });
    await queueLinks(tx, deps, { user, newEmail, tokens, expiresAt, facts });
    await record(tx, deps, { type: 'user.email_change_requested', userId: user.id, facts });
  });
}

interface Links {
  user: User;
  newEmail: string;
  tokens: { new: string; old: string | undefined };
  expiresAt: Date;
  facts: RequestFacts;
}

async function queueLinks(
  tx: Db,
  { mail }: EmailChangeDeps,
  { user, newEmail, tokens, expiresAt, facts }: Links,
): Promise<void> {
  const oldEmail = tokens.old === undefined ? undefined : (user.email ?? undefined);
  const kind = 'email-change-confirm';
  const about = { oldEmail, newEmail, expiresAt, from: { address: facts.address } };
  const toNew = { ...about, path: `/email-change/${tokens.new}` } as const;
  await mail.queue(tx, { kind, to: newEmail, userId: user.id, data: toNew });
  if (oldEmail === undefined) return;

  const path = `/email-change/${tokens.old}` as const;
  const cancel = { path: `${path}/cancellation` } as const;
  await mail.queue(tx, {
    kind,
    to: oldEmail,
    userId: user.id,
    data: { ...about, path, cancel },
  });
}

/** By the person, who is signed in. Twice is once. */
export async function cancelEmailChange(
  deps: Pick<EmailChangeDeps, 'db' | 'clock'>,
  userId: string,
  facts: RequestFacts,
): Promise<void> {
  await transact(deps.db, async (tx) => {
    if (await store.remove(tx, userId))
      await record(tx, deps, { type: 'user.email_change_cancelled', userId, facts });
  });
}

interface Recorded {
  type: Extract<AuditEventType, `user.email_${string}`>;
  userId: string;
  facts: RequestFacts;
  detail?: Record<string, string>;
}

export async function record(
  tx: Db,
  { clock }: Pick<EmailChangeDeps, 'clock'>,
  { type, userId, facts, detail }: Recorded,
): Promise<void> {
  await appendAuditEvent(tx, clock.now(), {
    type,
    outcome: type === 'user.email_change_refused' ? 'refused' : 'success',
    actor: { type: 'user', id: userId },
    target: { type: 'user', id: userId },
    request: facts,
    detail,
  });
}

function sameAddress(): DomainError {
  return new DomainError('invalid', 'email_same', 'This is your address already.');
}

function mailUnavailable(): DomainError {
  const message = 'No mail leaves from here: SMTP_URL is not set.';
  return new DomainError('unavailable', 'mail_unavailable', message);
}
