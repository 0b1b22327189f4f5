// Invitations: somebody who runs this service lets a person open an account. The link goes to their address alone, so
// whoever uses it has shown that mail reaches them there. It works once.
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { DomainError } from '../../foundation/errors.ts';
import { hashSecret, newSecret } from '../../foundation/secrets.ts';
import type { Actor } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { type Db, transact } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/database-errors.ts';
import { linkInvalid } from '../one-time-links/one-time-links.ts';
import { acceptTerms } from '../terms/terms.ts';
import { confirmAddress } from '../users/address-proof.ts';
import { draftUser, insertDraft } from '../users/new-user.ts';
import { readProfile } from '../users/user-profile.ts';
import { findUserBySignInName, type User } from '../users/users.ts';
import * as store from './invitation-store.ts';
import { registrationClosed } from './openness.ts';
import { accountExists } from './registration-completion.ts';
import type { RegistrationDeps } from './registration.ts';

type Deps = RegistrationDeps;

export type Invitation = Omit<store.InvitationRow, 'tokenHash'>;

export interface InvitationRequest {
  email: string;
  name?: string | undefined;
  /** BCP 47. */
  locale?: string | undefined;
  days: number;
}

/**
 * Mails the link; an older one to the same address ends.
 * @throws DomainError `forbidden` `registration_closed`; `invalid` `email_…`, `name_…`, `locale_…`; `conflict` `email_taken`
 */
export async function invite(
  deps: Deps,
  { email: typed, name, locale, days }: InvitationRequest,
  actor: Actor,
): Promise<{ email: string; expiresAt: Date }> {
  if (deps.config.registration === 'off') throw registrationClosed();
  const { login, email, ...profile } = readProfile({ login: typed, email: typed, name, locale });
  if (await findUserBySignInName(deps, login)) throw emailTaken();

  const [token, createdAt] = [newSecret(), deps.clock.now()];
  const expiresAt = new Date(createdAt.getTime() + days * 86_400_000);
  const path = `/invitation/${token}` as const;
  await transact(deps.db, async (tx) => {
    const row = { ...profile, email: login, tokenHash: hashSecret(token), createdAt, expiresAt };
    await store.put(tx, row);
    await deps.mail.queue(tx, { kind: 'invitation', to: login, locale, data: { path, expiresAt } });
    await audit(tx, deps, { type: 'invitation.created', actor, email: login });
  });
  return { email: email ?? login, expiresAt };
}

export function listInvitations({ db, clock }: Pick<Deps, 'db' | 'clock'>): Promise<Invitation[]> {
  return store.list(db, clock.now());
}

/** @throws DomainError `not-found` `invitation_not_found` */
export async function revokeInvitation(
  deps: Pick<Deps, 'db' | 'clock'>,
  email: string,
  actor: Actor,
): Promise<void> {
  const address = email.trim().toLowerCase();
  await transact(deps.db, async (tx) => {
    if (!(await store.removeByEmail(tx, address, deps.clock.now()))) throw notInvited();
    await audit(tx, deps, { type: 'invitation.revoked', actor, email: address });
  });
}

/**
 * The invitation of a mailed link; looking at it uses nothing up.
 * @throws DomainError `not-found` `link_invalid`; `too-many` `rate_limited`
 */
export async function requireInvitation(
  deps: Deps,
  token: string,
  facts: RequestFacts,
): Promise<Invitation> {
  deps.rateLimits.assertNotBlocked('oneTimeLinks', facts.address);
  const found = await store.findByToken(deps.db, hashSecret(token), deps.clock.now());
  if (found && deps.config.registration !== 'off') return found;

  await deps.rateLimits.consume('oneTimeLinks', facts.address);
  await appendAuditEvent(deps.db, deps.clock.now(), {
    type: 'user.link_refused',
    outcome: 'refused',
    actor: { type: 'anonymous' },
    request: facts,
    detail: { purpose: 'invitation' },
  });
  throw linkInvalid();
}

interface Acceptance {
  token: string;
  name: string;
  password: string;
  /** Of the terms that were accepted, if there are any. */
  termsVersion: string | undefined;
}

/**
 * Makes the person, with a verified address, and uses up the invitation, all or nothing.
 * @throws DomainError as requireInvitation; `invalid` `name_…`, `password_…`; `conflict` `account_exists`; `unavailable`
 * `sign_in_busy`
 */
export async function acceptInvitation(
  deps: Deps,
  { token, name, password, termsVersion: version }: Acceptance,
  facts: RequestFacts,
): Promise<User> {
  const { email, locale } = await requireInvitation(deps, token, facts); // no password is hashed for a stranger
  const person = { login: email, email, name, password, locale: locale ?? undefined };
  const draft = await draftUser(deps, person);
  const at = deps.clock.now();
  try {
    return await transact(deps.db, async (tx) => {
      if (!(await store.removeByToken(tx, hashSecret(token), at))) throw linkInvalid();
      const act = { at, actor: { type: 'anonymous' }, request: facts } as const;
      const user = await insertDraft(tx, draft, act);
      await confirmAddress(tx, deps, { user, email, facts });
      if (version) await acceptTerms(tx, deps, { userId: user.id, version, facts });
      await store.removePending(tx, email);
      return user;
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw accountExists(error);
    throw error;
  }
}

interface Act {
  type: 'invitation.created' | 'invitation.revoked';
  actor: Actor;
  email: string;
}

function audit(tx: Db, { clock }: Pick<Deps, 'clock'>, { type, actor, email }: Act): Promise<void> {
  return appendAuditEvent(tx, clock.now(), { type, outcome: 'success', actor, detail: { email } });
}

function emailTaken(): DomainError {
  return new DomainError('conflict', 'email_taken', 'This email address is taken.');
}

function notInvited(): DomainError {
  const message = 'There is no open invitation to this address.';
  return new DomainError('not-found', 'invitation_not_found', message);
}
