// Links that are mailed to a person and work once: what they are for is the callers' business. Looking at one uses
// nothing up, since scanners of mail follow links; using it is one statement, inside the transaction of the act.
// A link is bound to the address it was mailed to. The token is nowhere at rest but in the sealed mail.
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { hashSecret, newSecret } from '../../foundation/secrets.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { RateLimits } from '../../operations/rate-limiter.ts';
import type { Database, Db } from '../../storage/database.ts';
import { hashMailedCode, MOST_CODE_ATTEMPTS, newMailedCode } from './mailed-code.ts';
import * as store from './one-time-link-store.ts';

export interface LinkDeps {
  db: Database;
  clock: Clock;
  rateLimits: Pick<RateLimits, 'assertNotBlocked' | 'consume'>;
}

/** A link that may be used at this moment. */
export interface OpenLink extends store.LinkRow {
  purpose: store.LinkPurpose;
  tokenHash: string;
}

interface LinkRequest {
  userId: string;
  email: string;
  purpose: store.LinkPurpose;
  seconds: number;
}

interface Issued {
  token: string;
  expiresAt: Date;
}

/** Ends the person's older link of the same purpose. */
export async function issueLink(
  tx: Db,
  { clock }: Pick<LinkDeps, 'clock'>,
  request: LinkRequest,
): Promise<Issued> {
  return insertLink(tx, clock.now(), { ...request, codeHash: null });
}

/** As `issueLink`, with a code that does the same for whoever is known to be this person. */
export async function issueLinkWithCode(
  tx: Db,
  { clock, mailedCodeKey }: Pick<LinkDeps, 'clock'> & { mailedCodeKey: Buffer },
  request: LinkRequest,
): Promise<Issued & { code: string }> {
  const code = newMailedCode();
  const codeHash = hashMailedCode(mailedCodeKey, code, request);
  return { ...(await insertLink(tx, clock.now(), { ...request, codeHash })), code };
}

async function insertLink(
  tx: Db,
  createdAt: Date,
  { seconds, ...request }: LinkRequest & { codeHash: string | null },
): Promise<Issued> {
  const token = newSecret();
  const expiresAt = new Date(createdAt.getTime() + seconds * 1000);
  await store.putLink(tx, { ...request, tokenHash: hashSecret(token), createdAt, expiresAt });
  return { token, expiresAt };
}

/**
 * The link, for showing its page or before it is used. A refusal is counted and on record.
 * @throws DomainError `not-found` `link_invalid` when it was used, replaced, has expired, or its person is disabled or
 * has another address; `too-many` `rate_limited`
 */
export async function requireLink(
  deps: LinkDeps,
  { purpose, token }: { purpose: store.LinkPurpose; token: string },
  facts: RequestFacts,
): Promise<OpenLink> {
  deps.rateLimits.assertNotBlocked('oneTimeLinks', facts.address);
  const [tokenHash, now] = [hashSecret(token), deps.clock.now()];
  const found = await store.findByToken(deps.db, { tokenHash, purpose, now });
  if (found && isStillFor(found)) return { ...found, purpose, tokenHash };

  throw await refuseLink(deps, { purpose, userId: found?.user.id }, facts);
}

interface Refused {
  purpose: store.LinkPurpose | 'undo';
  userId: string | undefined;
}

/**
 * Counts a link that is not there, or no longer, and writes it down.
 * @returns what to throw
 * @throws DomainError `too-many` `rate_limited`
 */
export async function refuseLink(
  deps: LinkDeps,
  refused: Refused,
  facts: RequestFacts,
): Promise<DomainError> {
  await deps.rateLimits.consume('oneTimeLinks', facts.address);
  await recordRefusal(deps, refused, facts);
  return linkInvalid();
}

/**
 * The link that this code was mailed with. Every attempt counts, whether it is right or not, before it is looked at.
 * @throws DomainError `invalid` `code_invalid`, the same for a wrong code and for one that can no longer be guessed at
 */
export async function requireCode(
  deps: LinkDeps & { mailedCodeKey: Buffer },
  { purpose, userId, code }: { purpose: store.LinkPurpose; userId: string; code: string },
  facts: RequestFacts,
): Promise<OpenLink> {
  const at = { userId, purpose, now: deps.clock.now() };
  const codeHash = hashMailedCode(deps.mailedCodeKey, code, at);
  const mayTry = await store.countAttempt(deps.db, { ...at, most: MOST_CODE_ATTEMPTS });
  const found = mayTry ? await store.findByCode(deps.db, { ...at, codeHash }) : null;
  if (found && isStillFor(found)) return { ...found, purpose };

  await recordRefusal(deps, { purpose, userId }, facts);
  const message =
    'This code is not right, or no longer. Look at the newest mail, or ask for another.';
  throw new DomainError('invalid', 'code_invalid', message);
}

/** Whether the person has a code of that purpose that may still be typed. */
export function isCodeOpen(
  { db, clock }: Pick<LinkDeps, 'db' | 'clock'>,
  of: { purpose: store.LinkPurpose; userId: string },
): Promise<boolean> {
  return store.hasOpenCode(db, { ...of, now: clock.now(), most: MOST_CODE_ATTEMPTS });
}

/**
 * Uses it up; call it in the transaction of the act.
 * @throws DomainError `not-found` `link_invalid` when somebody else was first
 */
export async function spendLink(
  tx: Db,
  { purpose, tokenHash }: OpenLink,
  now: Date,
): Promise<void> {
  if (!(await store.removeByToken(tx, { purpose, tokenHash, now }))) throw linkInvalid();
}

export function linkInvalid(): DomainError {
  const message =
    'It was used, has expired, or a newer one was sent. Look at the newest mail, or ask for another.';
  return new DomainError('not-found', 'link_invalid', message);
}

function isStillFor({ email, user }: store.LinkRow): boolean {
  return user.email === email && user.disabledAt === null;
}

async function recordRefusal(
  { db, clock }: LinkDeps,
  { purpose, userId }: Refused,
  facts: RequestFacts,
): Promise<void> {
  await appendAuditEvent(db, clock.now(), {
    type: 'user.link_refused',
    outcome: 'refused',
    actor: { type: 'anonymous' },
    ...(userId !== undefined && { target: { type: 'user', id: userId } }),
    request: facts,
    detail: { purpose },
  });
}
