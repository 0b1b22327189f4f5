// A person before there is a row: what was asked is checked and hashed first, and then inserted in one transaction.
import { DomainError } from '../../foundation/errors.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Actor, AuditEntry } from '../../operations/audit/audit-events.ts';
import type { Database, Db } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/database-errors.ts';
import type { PasswordHashing } from '../passwords/password-hash.ts';
import type { PasswordChecks, PasswordUse } from '../passwords/password-checks.ts';
import type { PasswordFault } from '../passwords/password-faults.ts';
import type { PasswordOwner } from '../passwords/password-policy.ts';
import { closeSetup } from '../setup/setup-closing.ts';
import { findProfileFaults, type ProfileRequest, readProfile } from './user-profile.ts';
import {
  insert,
  isLoginTaken,
  type KeptPassword,
  type NewUserRow,
  type User,
} from './user-store.ts';

export interface NewUser extends ProfileRequest {
  administrator?: boolean | undefined;
  /** Without one, nobody can sign in as this person until one is set. */
  password?: string | undefined;
  /** Whether the password is one to begin with: at the first sign-in the person chooses their own. */
  temporaryPassword?: boolean | undefined;
}

export type UserDraft = Omit<NewUserRow, 'createdAt' | 'passwordChangeRequiredAt'> &
  Pick<NewUser, 'temporaryPassword'>;

export interface NewPasswordDeps {
  passwordHashing: PasswordHashing;
  passwordChecks: PasswordChecks;
}

/** @throws DomainError `invalid` with a code that starts with the field: `login_`, `email_`, `name_`, `password_` */
export async function draftUser(deps: NewPasswordDeps, request: NewUser): Promise<UserDraft> {
  const profile = readProfile(request);
  const { password, administrator = false, temporaryPassword } = request;
  const kept =
    password === undefined ? undefined : await keepNewPassword(deps, password, { owner: profile });
  return { ...profile, administrator, passwordHash: kept?.passwordHash ?? null, temporaryPassword };
}

/** Every refusal of `draftUser`, together, for a form that shows each beside its field. */
export async function findNewUserFaults(
  { passwordChecks }: Pick<NewPasswordDeps, 'passwordChecks'>,
  request: NewUser,
): Promise<DomainError[]> {
  const faults = findProfileFaults(request);
  if (request.password === undefined) return faults;

  const { login, email, name } = request;
  const fault = await passwordChecks.findFault(request.password, { login, email, name }, 'alone');
  return fault ? [...faults, refusedPassword(fault)] : faults;
}

/**
 * Hashed, and whether it is one that may not stand alone.
 * @throws DomainError `invalid` `password_…` for a password that the policy refuses
 */
export async function keepNewPassword(
  { passwordHashing, passwordChecks }: NewPasswordDeps,
  password: string,
  { owner, use = 'alone' }: { owner: PasswordOwner; use?: PasswordUse | undefined },
): Promise<KeptPassword> {
  const fault = await passwordChecks.findFault(password, owner, use);
  if (fault) throw refusedPassword(fault);

  const passwordNeedsFactor = !passwordChecks.isLongEnoughAlone(password);
  return { passwordHash: await passwordHashing.hash(password), passwordNeedsFactor };
}

function refusedPassword({ code, message, values }: PasswordFault): DomainError {
  return new DomainError('invalid', code, message, { values });
}

interface Act {
  at: Date;
  actor: Actor;
  request?: AuditEntry['request'];
}

/** Inserts the person and the audit event; the first administrator also takes over what the installation owned. */
export async function insertDraft(tx: Db, draft: UserDraft, act: Act): Promise<User> {
  const { temporaryPassword, ...columns } = draft;
  const passwordChangeRequiredAt = temporaryPassword ? act.at : null;
  const user = await insert(tx, { ...columns, passwordChangeRequiredAt, createdAt: act.at });
  await appendAuditEvent(tx, act.at, {
    type: 'user.created',
    outcome: 'success',
    actor: act.actor,
    target: { type: 'user', id: user.id },
    request: act.request,
    detail: { login: user.login, administrator: user.administrator },
  });
  if (user.administrator) await closeSetup(tx, user.id, act);
  return user;
}

/** Which of a person's names another one has, as a refusal; whatever else went wrong, as it is. */
export async function namedConflict(
  db: Database,
  draft: UserDraft,
  error: unknown,
): Promise<unknown> {
  if (!isUniqueViolation(error)) return error;

  if (await isLoginTaken(db, draft.login)) {
    return new DomainError('conflict', 'login_taken', 'This username is taken.', { cause: error });
  }
  return new DomainError('conflict', 'email_taken', 'This email address is taken.', {
    cause: error,
  });
}
