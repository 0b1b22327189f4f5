// Signing in by what was mailed: the code typed, or the link opened, where it was asked for. Each works once; the other
// ends with it. It makes no session: that is the protocol's.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { hashSecret, isSameSecret } from '../../foundation/secrets.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { RateLimits } from '../../operations/rate-limiter.ts';
import { type Database, transact } from '../../storage/database.ts';
import { MOST_CODE_ATTEMPTS } from '../one-time-links/mailed-code.ts';
import { linkInvalid } from '../one-time-links/one-time-links.ts';
import { proveAddress } from '../users/address-proof.ts';
import type { User } from '../users/users.ts';
import { ANSWER_MS, hashSignInCode, idOf, type Occasion } from './occasion.ts';
import * as store from './mailed-sign-in-store.ts';

export interface MailedSignInDeps {
  db: Database;
  clock: Clock;
  mailedCodeKey: Buffer;
  rateLimits: Pick<RateLimits, 'assertNotBlocked' | 'consume' | 'reward'>;
}

interface Typed {
  code: string;
  occasion: Occasion;
}

/**
 * Every attempt counts before the code is looked at. Where no mail was sent there is nothing to count, and one write to
 * the disk less, which the time of a refusal hides.
 * @throws DomainError `unauthenticated` `code_invalid`, the same for a wrong code, for one that can no longer be guessed
 * at, and for one that was never sent; `too-many` `rate_limited`, by the caller's address
 */
export async function signInByCode(
  deps: MailedSignInDeps,
  { code, occasion }: Typed,
  facts: RequestFacts,
): Promise<User> {
  const { db, rateLimits } = deps;
  await rateLimits.consume('mailedCodeGuesses', facts.address);
  const refusable = sleep(ANSWER_MS, undefined, { ref: false });
  const place = placeOf(deps, occasion);
  const mayTry = await store.countAttempt(db, place, MOST_CODE_ATTEMPTS);
  const row = await store.find(db, place);
  const codeHash = hashSignInCode(deps, code, { userId: row?.userId ?? '', occasion });
  const isRight = row !== null && isSameSecret(row.codeHash, codeHash) && mayTry;
  if (!isRight || !(await spend(deps, { row, by: 'mailed_code' }, facts))) {
    await Promise.all([refusable, recordWrongCode(deps, row?.userId, facts)]);
    throw codeInvalid();
  }

  await rateLimits.reward('mailedCodeGuesses', facts.address);
  return asProved(row);
}

interface Opened {
  token: string;
  occasion: Occasion;
}

/**
 * For showing the link's page, which uses nothing up: scanners of mail follow links.
 * @throws DomainError `not-found` `link_invalid`; `too-many` `rate_limited`
 */
export async function requireSignInLink(
  deps: MailedSignInDeps,
  opened: Opened,
  facts: RequestFacts,
): Promise<User> {
  return (await requireRow(deps, opened, facts)).user;
}

/** @throws DomainError as `requireSignInLink`, also when somebody else was first */
export async function signInByLink(
  deps: MailedSignInDeps,
  opened: Opened,
  facts: RequestFacts,
): Promise<User> {
  const row = await requireRow(deps, opened, facts);
  if (!(await spend(deps, { row, by: 'mailed_link' }, facts))) throw linkInvalid();
  return asProved(row);
}

/** The person, as using the mail has left them. */
const asProved = ({ user }: store.MailedSignInRow): User => ({ ...user, emailVerified: true });

async function requireRow(
  deps: MailedSignInDeps,
  { token, occasion }: Opened,
  facts: RequestFacts,
): Promise<store.MailedSignInRow> {
  const { db, clock, rateLimits } = deps;
  rateLimits.assertNotBlocked('oneTimeLinks', facts.address);
  const row = await store.find(db, placeOf(deps, occasion));
  const isOpen = row !== null && isSameSecret(row.tokenHash, hashSecret(token));
  if (isOpen && row.user.email === row.email && row.user.disabledAt === null) return row;

  await rateLimits.consume('oneTimeLinks', facts.address);
  await appendAuditEvent(db, clock.now(), {
    type: 'user.link_refused',
    outcome: 'refused',
    actor: { type: 'anonymous' },
    ...(row && { target: { type: 'user', id: row.userId } }),
    request: facts,
    detail: { purpose: 'sign-in' },
  });
  throw linkInvalid();
}

interface Spent {
  row: store.MailedSignInRow;
  by: 'mailed_code' | 'mailed_link';
}

/** Uses it up. Answers false when somebody was first, or the person has another address now, or is disabled. */
async function spend(
  { db, clock }: MailedSignInDeps,
  { row, by }: Spent,
  facts: RequestFacts,
): Promise<boolean> {
  const { id, browser, tokenHash, email, user } = row;
  const at = clock.now();
  return transact(db, async (tx) => {
    if (!(await store.remove(tx, { id, browser, tokenHash, now: at }))) return false;
    if (!(await proveAddress(tx, { clock }, { user, email, facts }))) return false;
    await appendAuditEvent(tx, at, {
      type: 'sign_in.succeeded',
      outcome: 'success',
      actor: { type: 'user', id: user.id },
      target: { type: 'user', id: user.id },
      request: facts,
      detail: { by },
    });
    return true;
  });
}

async function recordWrongCode(
  { db, clock }: MailedSignInDeps,
  userId: string | undefined,
  facts: RequestFacts,
): Promise<void> {
  await appendAuditEvent(db, clock.now(), {
    type: 'sign_in.failed',
    outcome: 'refused',
    actor: { type: 'anonymous' },
    ...(userId !== undefined && { target: { type: 'user', id: userId } }),
    request: facts,
    detail: { reason: 'wrong_mailed_code' },
  });
}

function placeOf({ clock }: MailedSignInDeps, occasion: Occasion): store.Place {
  return { id: idOf(occasion), browser: occasion.browser, now: clock.now() };
}

function codeInvalid(): DomainError {
  const message =
    'This code is not right, or no longer. Look at the newest mail, or ask for another.';
  return new DomainError('unauthenticated', 'code_invalid', message);
}
