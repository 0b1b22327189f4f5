// The first administrator comes in by a link that works once. Two submissions in parallel, in one process or two,
// create one administrator: a conditional update settles it.
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { hashSecret, isSameSecret } from '../../foundation/secrets.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { RateLimits } from '../../operations/rate-limiter.ts';
import { type Database, transact } from '../../storage/database.ts';
import { draftUser, insertDraft, type NewPasswordDeps, namedConflict } from '../users/new-user.ts';
import type { User } from '../users/users.ts';
import * as store from './installation-store.ts';

export interface SetupDeps extends NewPasswordDeps {
  db: Database;
  clock: Clock;
  rateLimits: Pick<RateLimits, 'consume' | 'assertNotBlocked'>;
}

/**
 * Refuses a link that was never given out or is used up; the refusal is counted and on record.
 * @throws DomainError `not-found` `setup_link_invalid`, `too-many` `rate_limited`
 */
export async function requireSetupToken(
  { db, clock, rateLimits }: Omit<SetupDeps, keyof NewPasswordDeps>,
  token: string,
  facts: RequestFacts,
): Promise<void> {
  rateLimits.assertNotBlocked('setup', facts.address);
  const installation = await store.find(db);
  const expected = installation?.setupAt === null ? installation.setupTokenHash : null;
  if (expected && isSameSecret(expected, hashSecret(token))) return;

  await rateLimits.consume('setup', facts.address);
  await appendAuditEvent(db, clock.now(), {
    type: 'installation.setup_refused',
    outcome: 'refused',
    actor: { type: 'anonymous' },
    request: facts,
  });
  throw invalidLink();
}

export interface SetupRequest {
  token: string;
  login: string;
  email: string | undefined;
  name: string | undefined;
  password: string;
}

/**
 * Creates the administrator, hands over what the installation owned, and uses up the token, all or nothing.
 * @throws DomainError those of requireSetupToken and of createUser
 */
export async function completeSetup(
  deps: SetupDeps,
  { token, ...person }: SetupRequest,
  facts: RequestFacts,
): Promise<User> {
  await requireSetupToken(deps, token, facts); // no password is hashed for a stranger
  const draft = await draftUser(deps, { ...person, administrator: true });
  const act = { at: deps.clock.now(), actor: { type: 'anonymous' }, request: facts } as const;
  try {
    return await transact(deps.db, async (tx) => {
      if (!(await store.useSetupToken(tx, hashSecret(token)))) throw invalidLink();
      return insertDraft(tx, draft, act);
    });
  } catch (error) {
    throw await namedConflict(deps.db, draft, error);
  }
}

function invalidLink(): DomainError {
  const message =
    'It was used or never given out. If there is no administrator yet, start the server again: it prints the link in ' +
    'its terminal.';
  return new DomainError('not-found', 'setup_link_invalid', message);
}
