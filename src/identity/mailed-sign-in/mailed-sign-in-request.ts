// Asking for a mail to sign in by. As with recovery.ts, nobody learns from the answer who has an account: not from its
// words, its status or its time. The audit log alone knows whether a mail was sent.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { hashSecret, newSecret } from '../../foundation/secrets.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Outbox } from '../../operations/mail/outbox.ts';
import type { RateLimits } from '../../operations/rate-limiter.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import { newMailedCode } from '../one-time-links/mailed-code.ts';
import { type Credentials, findCredentials } from '../users/credentials.ts';
import { readLogin } from '../users/user-profile.ts';
import { ANSWER_MS, hashSignInCode, idOf, type Occasion } from './occasion.ts';
import * as store from './mailed-sign-in-store.ts';

export interface MailedSignInRequestDeps {
  db: Database;
  clock: Clock;
  mailedCodeKey: Buffer;
  mail: Pick<Outbox, 'queue'>;
  rateLimits: Pick<RateLimits, 'consume'>;
}

/** SP 800-63B §5.1.3.2: ten minutes at most. */
export const MAILED_SIGN_IN_SECONDS = 600;

export interface SignInMailRequest {
  /** A login or an email address, as typed. */
  name: string;
  occasion: Occasion;
  /** The mark of the browser for a person who has signed in in it before. */
  deviceMarks: (userId: string) => string | undefined;
}

type Obstacle = 'unknown_user' | 'no_address' | 'unverified_address' | 'disabled' | 'limited';

/**
 * Mails a code and a link for this one sign-in, in place of those mailed for it before; nobody is told whether.
 * @throws DomainError `too-many` `rate_limited`, by the caller's address and by the sign-in, whoever is asked for
 */
export async function requestSignInMail(
  deps: MailedSignInRequestDeps,
  request: SignInMailRequest,
  facts: RequestFacts,
): Promise<void> {
  await deps.rateLimits.consume('mailedCodeBySignIn', idOf(request.occasion));
  await deps.rateLimits.consume('mailedCodeByAddress', facts.address);
  await Promise.all([sleep(ANSWER_MS), mailTo(deps, request, facts)]);
}

async function mailTo(
  deps: MailedSignInRequestDeps,
  { name, occasion, deviceMarks }: SignInMailRequest,
  facts: RequestFacts,
): Promise<void> {
  const credentials = await findCredentials(deps, name);
  const user = credentials?.user;
  const account = user?.id ?? readLogin(name) ?? '';
  const isLimited = await isOverLimit(deps, account, user && deviceMarks(user.id));
  const obstacle = isLimited ? 'limited' : obstacleFor(credentials);
  await transact(deps.db, async (tx) => {
    await store.removeOfOthers(tx, idOf(occasion), user?.id);
    if (user?.email && !obstacle) {
      await queueMail(tx, deps, { userId: user.id, email: user.email, occasion, facts });
    }
    await appendAuditEvent(tx, deps.clock.now(), {
      type: 'sign_in.mail_requested',
      outcome: obstacle ? 'refused' : 'success',
      actor: { type: 'anonymous' },
      ...(user && { target: { type: 'user', id: user.id } }),
      request: facts,
      ...(obstacle && { detail: { reason: obstacle } }),
    });
  });
}

/**
 * An address that is not verified may have been given by whoever opened the account in the name of its owner, and has
 * the password: the owner would sign in to an account that is also somebody else's. Where there is no password, nobody
 * else has a key to it, and the mail is what verifies the address. See docs/mail-sign-in.md.
 */
function obstacleFor(credentials: Credentials | undefined): Obstacle | undefined {
  if (!credentials) return 'unknown_user';
  const { user, passwordHash } = credentials;
  if (user.disabledAt) return 'disabled';
  if (user.email === null) return 'no_address';
  return user.emailVerified || passwordHash === null ? undefined : 'unverified_address';
}

/**
 * The caller must not notice: somebody else may have used it up. A browser in which the person has signed in before
 * counts by itself, so that no stranger keeps them from their mail.
 */
async function isOverLimit(
  { rateLimits }: MailedSignInRequestDeps,
  account: string,
  device: string | undefined,
): Promise<boolean> {
  try {
    if (device === undefined) await rateLimits.consume('mailedCodeByAccount', account);
    else await rateLimits.consume('mailedCodeByDevice', [account, device]);
    return false;
  } catch (error) {
    if (error instanceof DomainError && error.refusal === 'too-many') return true;
    throw error;
  }
}

interface Addressee {
  userId: string;
  email: string;
  occasion: Occasion;
  facts: RequestFacts;
}

async function queueMail(
  tx: Db,
  deps: MailedSignInRequestDeps,
  { userId, email, occasion, facts }: Addressee,
): Promise<void> {
  const [code, token, createdAt] = [newMailedCode(), newSecret(), deps.clock.now()];
  const expiresAt = new Date(createdAt.getTime() + MAILED_SIGN_IN_SECONDS * 1000);
  await store.put(tx, {
    id: idOf(occasion),
    userId,
    email,
    browser: occasion.browser,
    tokenHash: hashSecret(token),
    codeHash: hashSignInCode(deps, code, { userId, occasion }),
    createdAt,
    expiresAt,
  });
  const path = `/interaction/${occasion.uid}/mailed-link/${token}` as const;
  await deps.mail.queue(tx, {
    kind: 'magic-link',
    to: email,
    userId,
    data: { path, code, expiresAt, from: { address: facts.address } },
  });
}
