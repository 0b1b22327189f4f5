// A person changes their own password. The present one is asked for as at sign-in, and guessing it is limited,
// so that a browser left open is no way to learn it.
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { RateLimits } from '../../operations/rate-limiter.ts';
import { passwordUseOf } from '../second-factors/second-factors.ts';
import { findCredentials } from './credentials.ts';
import type { KeptAccess } from './user-store.ts';
import { type PasswordDeps, setPassword, type User } from './users.ts';

export interface PasswordChangeDeps extends PasswordDeps {
  rateLimits: Pick<RateLimits, 'consume' | 'reset' | 'reward'>;
}

export interface PasswordChange {
  user: User;
  /** The present one, as typed. */
  current: string;
  password: string;
  /** What does not end with the old password. */
  keep: KeptAccess | 'everything';
}

/**
 * @throws DomainError `unauthenticated` `wrong_password`; `conflict` `password_changed` when another change was first;
 * `too-many` `rate_limited`; those of setPassword
 */
export async function changePassword(
  deps: PasswordChangeDeps,
  { user, current, password, keep }: PasswordChange,
  facts: RequestFacts,
): Promise<void> {
  await deps.rateLimits.consume('presentPassword', user.id);
  const credentials = await findCredentials(deps, user.login);
  const replaced = credentials?.passwordHash ?? null;
  if (!(await verify(deps, { replaced, current, userId: user.id })))
    throw await refuse(deps, user.id, facts);

  await deps.rateLimits.reset('presentPassword', user.id);
  const actor = { type: 'user', id: user.id } as const;
  const use = await passwordUseOf(deps, user.id);
  await setPassword(deps, { userId: user.id, password, keep, replaced, use }, actor);
}

/**
 * For a person who has none, and has proved by other means who they are.
 * @throws DomainError `conflict` `password_changed` when they have one meanwhile, or the account was taken back; those of setPassword
 */
export async function chooseFirstPassword(
  deps: PasswordChangeDeps,
  { user, password, keep }: Omit<PasswordChange, 'current'>,
): Promise<void> {
  const { id, credentialsVersion: version } = user;
  const use = await passwordUseOf(deps, id);
  const chosen = { userId: id, password, keep, replaced: null, version, use };
  await setPassword(deps, chosen, { type: 'user', id });
}

interface Typed {
  replaced: string | null;
  current: string;
  userId: string;
}

/** An attempt that the full queue refused is none, and its point is given back. */
async function verify(
  { passwordHashing, rateLimits }: PasswordChangeDeps,
  { replaced, current, userId }: Typed,
): Promise<boolean> {
  try {
    return await passwordHashing.verify(replaced, current);
  } catch (error) {
    await rateLimits.reward('presentPassword', userId);
    throw error;
  }
}

async function refuse({ db, clock }: PasswordChangeDeps, userId: string, request: RequestFacts) {
  await appendAuditEvent(db, clock.now(), {
    type: 'user.password_refused',
    outcome: 'refused',
    actor: { type: 'user', id: userId },
    target: { type: 'user', id: userId },
    request,
  });
  return new DomainError('unauthenticated', 'wrong_password', 'This is not your present password.');
}
