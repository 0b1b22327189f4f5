// What is kept of a person, as data: profile, what they sign in with, sessions, remembered browsers, applications with access
// and those that they answer for, history.
// No secret is among it: no password, token or cookie, nor a hash of one.
import type { Config } from '../config.ts';
import type { Languages } from '../http/languages.ts';
import { listOwned } from '../authorization/ownership/ownership.ts';
import { findPendingChange } from '../identity/email-change/email-change.ts';
import { listOwnPasskeys, type OwnPasskey } from '../identity/passkeys/own-passkeys.ts';
import { claimsOfDetails, findDetails } from '../identity/profiles/profiles.ts';
import {
  listRememberedBrowsers,
  type RememberedBrowserDeps,
} from '../identity/remembered-browsers/remembered-browsers.ts';
import { readOwnFactors } from '../identity/second-factors/own-factors.ts';
import { listAcceptedTerms } from '../identity/terms/terms.ts';
import { hasPassword } from '../identity/users/credentials.ts';
import type { User } from '../identity/users/users.ts';
import { appendAuditEvent } from '../operations/audit/audit-log.ts';
import { listOwnEvents } from '../operations/audit/own-events.ts';
import { currentRequest } from '../operations/request-scope.ts';
import type { ClientRegistry } from '../protocol/clients/client-registry.ts';
import { listOwnSessions } from '../protocol/sessions/own-sessions.ts';
import type { Clock } from '../foundation/clock.ts';
import type { Database } from '../storage/database.ts';
import { listAppsWithAccess } from './apps-with-access.ts';
import { TOLD_EVENTS } from './history-words.ts';

/** An answer that is held in memory has to end somewhere; the newest are in it. */
const MOST_EVENTS = 10_000;

interface Deps extends RememberedBrowserDeps {
  db: Database;
  clock: Clock;
  registry: ClientRegistry;
  languages: Pick<Languages, 'english'>;
  config: Pick<Config, 'issuer' | 'rememberBrowserDays'>;
}

/** Names as in OpenID Connect Core §5.1 where there are any. The export itself is on record before it leaves. */
export async function exportAccount(deps: Deps, user: User) {
  const { db, clock, config } = deps;
  const { id } = user;
  const details = await findDetails(deps, user);
  await appendAuditEvent(db, clock.now(), {
    type: 'user.exported',
    outcome: 'success',
    actor: { type: 'user', id },
    target: { type: 'user', id },
    request: currentRequest(),
  });
  const { authenticatorSince, codesLeft } = await readOwnFactors(deps, id);
  const pending = await findPendingChange(deps, id);
  const query = { userId: id, types: TOLD_EVENTS, limit: MOST_EVENTS };
  return {
    exported_at: clock.now(),
    profile: { ...toClaims(user), ...(details && claimsOfDetails(details, config.issuer)) },
    email_change: pending && { email: pending.newEmail, expires_at: pending.expiresAt },
    password: await hasPassword(deps, user),
    authenticator: authenticatorSince && { added_at: authenticatorSince },
    recovery_codes_left: codesLeft,
    passkeys: (await listOwnPasskeys(deps, id)).map(toPasskey),
    sessions: (await listOwnSessions(deps, id)).map(toSession),
    remembered_browsers: (await listRememberedBrowsers(deps, id)).map(toRememberedBrowser),
    applications: (await listAppsWithAccess(deps, id, deps.languages.english)).map(toApplication),
    answers_for: await listOwned(db, id),
    accepted_terms: (await listAcceptedTerms(deps, id)).map(toAcceptance),
    events: (await listOwnEvents(db, query)).map(toEvent),
  };
}

function toClaims(user: User) {
  const { id: sub, login, name, locale, email, emailVerified, createdAt, updatedAt } = user;
  return {
    sub,
    preferred_username: login,
    name,
    locale,
    email,
    email_verified: emailVerified,
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

const toPasskey = ({ name, synced, createdAt, lastUsedAt }: OwnPasskey) => ({
  name,
  synced,
  created_at: createdAt,
  last_used_at: lastUsedAt,
});

type Session = Awaited<ReturnType<typeof listOwnSessions>>[number];

const toSession = ({ address, browser, signedInAt, lastUsedAt }: Session) => ({
  browser: browser ?? null,
  address: address ?? null,
  signed_in_at: signedInAt,
  last_used_at: lastUsedAt,
});

type KnownBrowser = Awaited<ReturnType<typeof listRememberedBrowsers>>[number];

const toRememberedBrowser = ({ address, browser, ...known }: KnownBrowser) => ({
  browser: browser ?? null,
  address: address ?? null,
  created_at: known.createdAt,
  last_used_at: known.lastUsedAt,
  expires_at: known.expiresAt,
});

type Application = Awaited<ReturnType<typeof listAppsWithAccess>>[number];

const toApplication = ({ clientId, name, permissions, since, lastUsed }: Application) => ({
  client_id: clientId,
  client_name: name,
  permissions,
  allowed_since: since,
  last_used_at: lastUsed,
});

type Acceptance = Awaited<ReturnType<typeof listAcceptedTerms>>[number];

const toAcceptance = ({ version, acceptedAt }: Acceptance) => ({
  version,
  accepted_at: acceptedAt,
});

type Event = Awaited<ReturnType<typeof listOwnEvents>>[number];

const toEvent = ({ at, type, outcome, address, clientId }: Event) => ({
  at,
  type,
  outcome,
  address,
  client_id: clientId,
});
