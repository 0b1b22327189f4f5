// People: how they come to be, what they are asked for, and how everything of theirs ends.
// The password's hash never leaves this folder and sign-in.
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import { listOwned } from '../../authorization/ownership/ownership.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Actor, AuditEventType } from '../../operations/audit/audit-events.ts';
import { currentRequest } from '../../operations/request-scope.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import { isForeignKeyViolation } from '../../storage/database-errors.ts';
import type { PasswordUse } from '../passwords/password-checks.ts';
import {
  draftUser,
  insertDraft,
  keepNewPassword,
  type NewUser,
  type NewPasswordDeps,
  namedConflict,
} from './new-user.ts';
import { endRememberedBrowsers } from '../remembered-browsers/remembered-browsers.ts';
import { assertOtherAdministrator, userOwns } from './dispensable-user.ts';
import { findCredentials } from './credentials.ts';
import { type NoticeDeps, tellOfChange } from './credential-notice.ts';
import * as store from './user-store.ts';

export type User = store.User;

interface Deps {
  db: Database;
  clock: Clock;
}

interface NewPersonDeps extends Deps, NewPasswordDeps {}

/**
 * The first administrator, however made, completes the setup.
 * @throws DomainError `conflict` `login_taken` or `email_taken`; `invalid` with a code that starts with the field;
 * `unavailable` `sign_in_busy`
 */
export async function createUser(
  deps: NewPersonDeps,
  request: NewUser,
  actor: Actor,
): Promise<User> {
  const { db, clock } = deps;
  const draft = await draftUser(deps, request);
  try {
    return await transact(db, (tx) => insertDraft(tx, draft, { at: clock.now(), actor }));
  } catch (error) {
    throw await namedConflict(db, draft, error);
  }
}

/** @throws DomainError `not-found` `user_not_found` */
export async function getUser({ db }: { db: Db }, id: string): Promise<User> {
  const user = await store.find(db, id);
  if (!user) throw userNotFound();
  return user;
}

/** By login or, if nobody has it, by email address, as somebody typed it. */
export async function findUserBySignInName(
  { db }: { db: Db },
  name: string,
): Promise<User | undefined> {
  return (await findCredentials({ db }, name))?.user;
}

/** @throws DomainError `not-found` `user_not_found` */
export async function getUserBySignInName(deps: { db: Db }, name: string): Promise<User> {
  const user = await findUserBySignInName(deps, name);
  if (!user) throw userNotFound();
  return user;
}

export interface UserPage {
  users: User[];
  /** Where the next page starts; nothing on the last one. */
  next: string | undefined;
}

/** In the order of creation, from after the cursor. */
export async function listUsers(
  { db }: { db: Db },
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<UserPage> {
  const users = await store.list(db, { limit: limit + 1, after });
  const page = users.slice(0, limit);
  return { users: page, next: users.length > limit ? page.at(-1)?.id : undefined };
}

/** Ends the person's sessions, codes and tokens too; what they own and what they allowed stays. Twice is once. */
export function disableUser(deps: Deps, id: string, actor: Actor): Promise<void> {
  return actOn(deps, { id, actor, type: 'user.disabled' }, async (tx, at) => {
    const changed = await store.disable(tx, id, at);
    await store.endAccess(tx, id);
    return changed;
  });
}

/** The person may sign in again; nothing that was ended comes back. Twice is once. */
export function enableUser(deps: Deps, id: string, actor: Actor): Promise<void> {
  return actOn(deps, { id, actor, type: 'user.enabled' }, (tx) => store.enable(tx, id));
}

/**
 * Deletes the person with their sessions, consents, grants and tokens, at once.
 * @throws DomainError `conflict` `user_owns`, naming the clients and APIs that need another owner first, or
 * `last_administrator`
 */
export async function deleteUser(deps: Deps, id: string, actor: Actor): Promise<void> {
  try {
    await actOn(deps, { id, actor, type: 'user.deleted' }, async (tx) => {
      const user = await store.find(tx, id);
      if (user) await assertOtherAdministrator(tx, user);
      return store.remove(tx, id);
    });
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error;

    throw userOwns(await listOwned(deps.db, id), error);
  }
}

export interface PasswordDeps extends NewPersonDeps, NoticeDeps {}

interface NewPassword {
  userId: string;
  password: string;
  /** What does not end: the session in which the person changes it. Without it, everything ends. */
  keep?: store.KeptAccess | 'everything' | undefined;
  /** The hash of the one that it takes the place of; without it, of whichever there is. */
  replaced?: string | null | undefined;
  /** Of the credentials as they were known, where there is no hash to tell by. */
  version?: number | undefined;
  /** Beside a second factor it may be shorter; that the person has one, is for the caller to know. */
  use?: PasswordUse;
  /** Whether the person has to choose another one at the next sign-in. */
  temporary?: boolean | undefined;
}

/**
 * @throws DomainError `invalid` `password_…`, `not-found` `user_not_found`, `unavailable` `sign_in_busy`, `conflict`
 * `password_changed` when the present one is no longer the one to be replaced
 */
export async function setPassword(
  deps: PasswordDeps,
  { userId, password, keep, replaced, version, use, temporary = false }: NewPassword,
  actor: Actor,
): Promise<void> {
  const user = await getUser(deps, userId);
  const kept = await keepNewPassword(deps, password, { owner: user, use });
  await actOn(deps, { id: userId, actor, type: 'user.password_set' }, async (tx, at) => {
    const passwordChangeRequiredAt = temporary ? at : null;
    const replacement = { ...kept, passwordChangeRequiredAt, replaced, version };
    const changed = await store.setPasswordHash(tx, userId, replacement);
    if (!changed && replaced !== undefined) throw passwordChanged();
    await endRememberedBrowsers(tx, userId);
    if (keep === 'everything') await store.endLinks(tx, userId);
    else await store.endAccess(tx, userId, keep);
    if (changed) await tellOfChange(tx, deps, { userId, change: 'password-set' });
    return changed;
  });
}

interface Act {
  id: string;
  actor: Actor;
  type: Extract<AuditEventType, `user.${string}`>;
}

/** One act, one transaction, one event; no event for what was so already. */
async function actOn(
  { db, clock }: Deps,
  { id, actor, type }: Act,
  work: (tx: Db, at: Date) => Promise<boolean>,
): Promise<void> {
  await transact(db, async (tx) => {
    const at = clock.now();
    if (await work(tx, at)) {
      const target = { type: 'user', id } as const;
      const request = currentRequest();
      return appendAuditEvent(tx, at, { type, outcome: 'success', actor, target, request });
    }
    if (!(await store.find(tx, id))) throw userNotFound();
  });
}

function passwordChanged(): DomainError {
  const message = 'The password was changed by somebody else just now.';
  return new DomainError('conflict', 'password_changed', message);
}

export function userNotFound(): DomainError {
  return new DomainError('not-found', 'user_not_found', 'There is no such user.');
}
