// Browsers in which a person is not asked for the second factor where one factor will do. It is no factor: what a sign-in
// says of itself is what was proved. A browser is known by a random token, of which the database has the hash, together
// with its mark for the person (http/device-cookie.ts): so it serves that person, in that browser, beside the password.
// It ends with the password and with the second factor, whoever changes them.
import type { Config } from '../../config.ts';
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { hashSecret, newSecret } from '../../foundation/secrets.ts';
import type { AuditEventType } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { currentRequest } from '../../operations/request-scope.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import * as store from './remembered-browser-store.ts';

export interface RememberedBrowserDeps {
  config: Pick<Config, 'rememberBrowserDays'>;
  db: Database;
  clock: Clock;
}

const DAY_MS = 86_400_000;

/** A person's browser, by its mark for them. */
interface Marked {
  userId: string;
  mark: string;
}

/** @returns the token for the browser to keep, in clear for the only time; good for REMEMBER_BROWSER_DAYS */
export async function rememberBrowser(
  { config, db, clock }: RememberedBrowserDeps,
  { userId, mark, browser }: Marked & { browser: string | undefined },
  facts: RequestFacts,
): Promise<string> {
  const token = newSecret();
  const at = clock.now();
  await transact(db, async (tx) => {
    await store.insert(tx, {
      userId,
      tokenHash: hashOf(token, mark),
      address: facts.address,
      browser: browser ?? null,
      createdAt: at,
      lastUsedAt: at,
      expiresAt: new Date(at.getTime() + config.rememberBrowserDays * DAY_MS),
    });
    await record(tx, at, { type: 'browser.remembered', userId, request: facts });
  });
  return token;
}

/** Whether the person said so of this browser, and nothing has ended it since. One query, and none without tokens. */
export async function isBrowserRemembered(
  deps: RememberedBrowserDeps,
  { userId, mark, tokens }: Marked & { tokens: readonly string[] },
  { address }: RequestFacts,
): Promise<boolean> {
  if (tokens.length === 0) return false;

  const tokenHashes = tokens.map((token) => hashOf(token, mark));
  return store.markUsed(deps.db, { userId, tokenHashes, address, ...inForce(deps) });
}

export interface KnownBrowser {
  id: string;
  /** In words, as a session's. */
  browser: string | undefined;
  address: string | undefined;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
}

/** Those in force, the last used first. */
export async function listRememberedBrowsers(
  deps: RememberedBrowserDeps,
  userId: string,
): Promise<KnownBrowser[]> {
  const rows = await store.listInForce(deps.db, { userId, ...inForce(deps) });
  return rows.map(({ id, browser, address, createdAt, lastUsedAt, expiresAt }) => ({
    id,
    browser: browser ?? undefined,
    address: address ?? undefined,
    createdAt,
    lastUsedAt,
    expiresAt,
  }));
}

/**
 * One of the person's browsers, or all of them, are asked for the second factor again. None is left to forget: so be it.
 * @throws DomainError `not-found` `browser_not_found` for one that is not there, or not theirs
 */
export function forgetRememberedBrowsers(
  { db, clock }: Pick<RememberedBrowserDeps, 'db' | 'clock'>,
  which: { userId: string; id?: string },
): Promise<void> {
  return transact(db, async (tx) => {
    const count = await store.remove(tx, which);
    if (count === 0 && which.id) throw unknownBrowser();
    const { userId } = which;
    const request = currentRequest();
    if (count > 0) await record(tx, clock.now(), { type: 'browser.forgotten', userId, request });
  });
}

/** As part of an act that has an event of its own: a new password, another second factor, signing out everywhere. */
export async function endRememberedBrowsers(tx: Db, userId: string): Promise<void> {
  await store.remove(tx, { userId });
}

/** A lower REMEMBER_BROWSER_DAYS holds for those that were remembered before, too. */
function inForce({ config, clock }: Pick<RememberedBrowserDeps, 'config' | 'clock'>) {
  const at = clock.now();
  return { at, madeAfter: new Date(at.getTime() - config.rememberBrowserDays * DAY_MS) };
}

const hashOf = (token: string, mark: string) => hashSecret(`${token}.${mark}`);

interface Recorded {
  type: Extract<AuditEventType, `browser.${string}`>;
  userId: string;
  request: RequestFacts | undefined;
}

function record(tx: Db, at: Date, { type, userId, request }: Recorded): Promise<void> {
  return appendAuditEvent(tx, at, {
    type,
    outcome: 'success',
    actor: { type: 'user', id: userId },
    target: { type: 'user', id: userId },
    request,
  });
}

function unknownBrowser(): DomainError {
  const message = 'This browser is asked for a code already.';
  return new DomainError('not-found', 'browser_not_found', message);
}
