// Signing in with a password. Nobody learns which half was wrong: not from the text, the status, the time it takes or
// the rate limits; the audit log alone knows more. It makes no session: that is the protocol's.
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Database } from '../../storage/database.ts';
import type { PasswordChecks } from '../passwords/password-checks.ts';
import type { PasswordHashing } from '../passwords/password-hash.ts';
import { type Credentials, findCredentials, renewHash } from '../users/credentials.ts';
import { requireOtherThanListed } from '../users/required-password-change.ts';
import { readLogin } from '../users/user-profile.ts';
import type { User } from '../users/users.ts';
import {
  type Admission,
  admit,
  countFailure,
  forgive,
  type ThrottleDeps,
  withdraw,
} from './sign-in-throttle.ts';
import type { ThrottleNotices } from './throttle-notices.ts';

export interface SignInDeps extends ThrottleDeps {
  db: Database;
  clock: Clock;
  passwordHashing: PasswordHashing;
  passwordChecks: Pick<PasswordChecks, 'isListed'>;
  throttleNotices: Pick<ThrottleNotices, 'tell'>;
}

interface Attempt {
  /** A login or an email address, as typed. */
  login: string;
  password: string;
  /** The mark of the browser for a person who has signed in in it before. */
  deviceMarks?: ((userId: string) => string | undefined) | undefined;
}

type Failure = 'unknown_user' | 'no_password' | 'wrong_password' | 'disabled';

/**
 * @throws DomainError `unauthenticated` `invalid_credentials`; `too-many` `rate_limited`; `unavailable` `sign_in_busy`
 * when too many passwords are being hashed, whoever is asked for
 */
export async function signIn(
  deps: SignInDeps,
  { login, password, deviceMarks }: Attempt,
  facts: RequestFacts,
): Promise<User> {
  const account = readLogin(login) ?? '';
  const credentials = await findCredentials(deps, login);
  const device = credentials && deviceMarks?.(credentials.user.id);
  const admission = await admit(deps, { account, device, facts }, () => {
    if (credentials) deps.throttleNotices.tell(credentials.user, facts);
  });
  const isRight = await verify(deps, { credentials, password }, admission);
  const verdict = judge(credentials, isRight);
  if ('failure' in verdict) throw await refuse(deps, { admission, ...verdict }, facts);

  await forgive(deps, admission);
  await renewOutdatedHash(deps, verdict.accepted, password);
  const { user } = verdict.accepted;
  await recordSuccess(deps, user, facts);
  const isListed = await deps.passwordChecks.isListed(password);
  return isListed ? requireOtherThanListed(deps, user) : user;
}

/** Costs one hash for everybody. An attempt that the full queue refused is none, and is not counted. */
async function verify(
  deps: SignInDeps,
  { credentials, password }: { credentials: Credentials | undefined; password: string },
  admission: Admission,
): Promise<boolean> {
  try {
    return await deps.passwordHashing.verify(credentials?.passwordHash, password);
  } catch (error) {
    await withdraw(deps, admission);
    throw error;
  }
}

type Verdict = { accepted: Credentials } | { failure: Failure; user?: User };

function judge(credentials: Credentials | undefined, isRight: boolean): Verdict {
  if (!credentials) return { failure: 'unknown_user' };

  const { user, passwordHash } = credentials;
  if (passwordHash === null) return { failure: 'no_password', user };
  if (!isRight) return { failure: 'wrong_password', user };
  return user.disabledAt ? { failure: 'disabled', user } : { accepted: credentials };
}

interface Refused {
  admission: Admission;
  failure: Failure;
  user?: User;
}

/** Of an unknown login nothing is written down: people type passwords there. */
async function refuse(
  deps: SignInDeps,
  { admission, failure, user }: Refused,
  facts: RequestFacts,
): Promise<DomainError> {
  const { db, clock } = deps;
  await appendAuditEvent(db, clock.now(), {
    type: 'sign_in.failed',
    outcome: 'refused',
    actor: { type: 'anonymous' },
    ...(user && { target: { type: 'user', id: user.id } }),
    request: facts,
    detail: { reason: failure },
  });
  await countFailure(deps, admission, facts);
  const message = 'The username or password is not right.';
  return new DomainError('unauthenticated', 'invalid_credentials', message);
}

/** Now that the password is at hand, its hash gets today's parameters; when the queue is full, another time. */
async function renewOutdatedHash(deps: SignInDeps, credentials: Credentials, password: string) {
  const { passwordHash } = credentials;
  if (passwordHash === null || !deps.passwordHashing.needsRehash(passwordHash)) return;

  try {
    await renewHash(deps, credentials, await deps.passwordHashing.hash(password));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
  }
}

async function recordSuccess({ db, clock }: SignInDeps, { id }: User, facts: RequestFacts) {
  await appendAuditEvent(db, clock.now(), {
    type: 'sign_in.succeeded',
    outcome: 'success',
    actor: { type: 'user', id },
    target: { type: 'user', id },
    request: facts,
  });
}
