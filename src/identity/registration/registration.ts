// Opening an account: nobody is a user until mail to their address has reached them. An address that has an account is
// answered the same as every other one, in words, status and time; its owner is told by mail.
import type { Config } from '../../config.ts';
import type { Clock } from '../../foundation/clock.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { hashSecret, newSecret } from '../../foundation/secrets.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Outbox } from '../../operations/mail/outbox.ts';
import type { RateLimits } from '../../operations/rate-limiter.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import { hashMailedCode, newMailedCode } from '../one-time-links/mailed-code.ts';
import { keepNewPassword, type NewPasswordDeps } from '../users/new-user.ts';
import { readProfile } from '../users/user-profile.ts';
import { findUserBySignInName, type User } from '../users/users.ts';
import { assertMayRegister } from './openness.ts';
import * as store from './pending-registration-store.ts';

export type PendingRegistration = store.PendingRow;

export interface RegistrationDeps extends NewPasswordDeps {
  config: Pick<Config, 'registration' | 'registrationDomains'>;
  db: Database;
  clock: Clock;
  mail: Pick<Outbox, 'queue'>;
  rateLimits: Pick<RateLimits, 'assertNotBlocked' | 'consume'>;
  /** 32 bytes, outside the database. */
  mailedCodeKey: Buffer;
}

export interface RegistrationRequest {
  email: string;
  name: string;
  password: string;
  /** BCP 47; the language of the page. */
  locale: string;
  /** Of the terms that were accepted, if there are any. */
  termsVersion: string | undefined;
  /** Tells the browser from others. */
  browserMark: string;
}

/** As long as mail may take that is greeted with a delay. */
const SECONDS = 86_400;

const PURPOSE = 'registration';

/**
 * Keeps what was asked and mails a link and a code to the address, or its owner a notice.
 * @returns the id by which this browser goes on
 * @throws DomainError `forbidden` `registration_closed`; `invalid` `email_…`, `name_…`, `password_…`; `too-many`
 * `rate_limited`, by the caller's address and by the mail address, whoever has it; `unavailable` `sign_in_busy`
 */
export async function beginRegistration(
  deps: RegistrationDeps,
  request: RegistrationRequest,
  facts: RequestFacts,
): Promise<string> {
  const { name, locale } = request;
  const { login: email, ...profile } = readProfile({ login: request.email, name, locale });
  assertMayRegister(deps.config, email);
  await deps.rateLimits.consume('newAccountByAddress', facts.address);
  await deps.rateLimits.consume('newAccountByMail', email);

  const owner = { login: email, email, name };
  const { passwordHash } = await keepNewPassword(deps, request.password, { owner });
  const holder = await findUserBySignInName(deps, email);
  return transact(deps.db, async (tx) => {
    const { browserMark, termsVersion = null } = request;
    const fresh = newSecrets(deps, browserMark);
    const id = await store.insert(tx, {
      email,
      name: profile.name,
      locale: profile.locale,
      passwordHash,
      browserMark,
      termsVersion,
      createdAt: deps.clock.now(),
      ...fresh.row,
    });
    await tell(tx, deps, { email, locale, holder, fresh, facts });
    return id;
  });
}

/**
 * Another link and another code; those of before end.
 * @throws DomainError `too-many` `rate_limited`
 */
export async function mailAgain(
  deps: RegistrationDeps,
  { id, email, browserMark, locale }: PendingRegistration,
  facts: RequestFacts,
): Promise<void> {
  await deps.rateLimits.consume('newAccountByAddress', facts.address);
  await deps.rateLimits.consume('newAccountByMail', email);
  const holder = await findUserBySignInName(deps, email);
  const fresh = newSecrets(deps, browserMark);
  await transact(deps.db, async (tx) => {
    await store.renew(tx, id, fresh.row);
    await tell(tx, deps, { email, locale: locale ?? undefined, holder, fresh, facts });
  });
}

/** What this browser began; nothing once it has expired or was gone on with. */
export async function findPending(
  { db, clock }: Pick<RegistrationDeps, 'db' | 'clock'>,
  begun: { id: string; browserMark: string },
): Promise<PendingRegistration | undefined> {
  return (await store.find(db, begun, clock.now())) ?? undefined;
}

/** @param browserMark what a code is worth something together with */
export function hashOfCode(key: Buffer, code: string, browserMark: string): string {
  return hashMailedCode(key, code, { userId: browserMark, purpose: PURPOSE });
}

interface Fresh {
  token: string;
  code: string;
  row: Pick<PendingRegistration, 'tokenHash' | 'codeHash' | 'expiresAt'>;
}

function newSecrets(
  { clock, mailedCodeKey }: Pick<RegistrationDeps, 'clock' | 'mailedCodeKey'>,
  browserMark: string,
): Fresh {
  const [token, code] = [newSecret(), newMailedCode()];
  const expiresAt = new Date(clock.now().getTime() + SECONDS * 1000);
  const codeHash = hashOfCode(mailedCodeKey, code, browserMark);
  return { token, code, row: { tokenHash: hashSecret(token), codeHash, expiresAt } };
}

interface Told {
  email: string;
  locale: string | undefined;
  holder: User | undefined;
  fresh: Fresh;
  facts: RequestFacts;
}

/** One mail in either case. The link and the code that stand for an address with an account are mailed to nobody. */
async function tell(
  tx: Db,
  deps: RegistrationDeps,
  { email, locale, holder, fresh, facts }: Told,
): Promise<void> {
  const at = deps.clock.now();
  const { token, code, row } = fresh;
  if (holder) await tellOwner(tx, deps, { email, holder, facts });
  else {
    const data = { path: `/create-account/${token}`, code, expiresAt: row.expiresAt } as const;
    await deps.mail.queue(tx, { kind: 'verify-email', to: email, locale, data });
  }
  await appendAuditEvent(tx, at, {
    type: 'user.registration_requested',
    outcome: holder ? 'refused' : 'success',
    actor: { type: 'anonymous' },
    ...(holder && { target: { type: 'user', id: holder.id } }),
    request: facts,
    ...(holder && { detail: { reason: 'has_account' } }),
  });
}

async function tellOwner(
  tx: Db,
  { mail, clock }: RegistrationDeps,
  { email, holder, facts }: { email: string; holder: User; facts: RequestFacts },
): Promise<void> {
  const data = { path: '/account', recovery: '/recovery', at: clock.now() } as const;
  await mail.queue(tx, {
    kind: 'account-exists',
    to: email,
    userId: holder.id,
    data: { ...data, from: { address: facts.address } },
  });
}
