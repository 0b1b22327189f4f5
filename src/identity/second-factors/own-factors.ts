// What a person sees and does with the second factor that they have. Who may do so (a fresh sign-in with it) is for the
// caller to see to.
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import type { AuditEventType } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import { endRememberedBrowsers } from '../remembered-browsers/remembered-browsers.ts';
import { type NoticeDeps, tellOfChange } from '../users/credential-notice.ts';
import { hashRecoveryCode, newRecoveryCodes } from './recovery-code.ts';
import * as store from './second-factor-store.ts';
import { hasSecondFactor } from './second-factors.ts';

interface Deps extends NoticeDeps {
  db: Database;
}

export interface OwnFactors {
  /** Since when there is an authenticator app. */
  authenticatorSince: Date | undefined;
  codesLeft: number;
}

export async function readOwnFactors({ db }: { db: Db }, userId: string): Promise<OwnFactors> {
  const [authenticator, codesLeft] = await Promise.all([
    store.findAuthenticator(db, userId),
    store.countRecoveryCodes(db, userId),
  ]);
  return { authenticatorSince: authenticator?.createdAt, codesLeft };
}

/** The app, and the recovery codes that stood in for it. Twice is once. */
export function removeAuthenticator(
  deps: Deps,
  userId: string,
  facts: RequestFacts,
): Promise<void> {
  return transact(deps.db, async (tx) => {
    await store.lockFactors(tx, userId);
    const former = await store.takeAuthenticator(tx, userId);
    if (!former) return;
    await store.removeIdleRecoveryCodes(tx, userId);
    await endRememberedBrowsers(tx, userId);
    await record(tx, deps, { type: 'second_factor.removed', userId, facts });
    const { address } = facts;
    await tellOfChange(tx, deps, { userId, change: 'authenticator-removed', address, former });
  });
}

/**
 * In place of those there are, which work no more; of two who do so at once, the codes of one work.
 * @returns them in clear, for the only time
 * @throws DomainError `conflict` `second_factor_missing` when there is nothing that they could stand in for
 */
export async function makeRecoveryCodes(
  deps: Deps,
  userId: string,
  facts: RequestFacts,
): Promise<string[]> {
  const codes = newRecoveryCodes();
  await transact(deps.db, async (tx) => {
    await store.lockFactors(tx, userId);
    if (!(await hasSecondFactor({ db: tx }, userId))) throw missing();

    const hashes = codes.map(hashRecoveryCode);
    await store.replaceRecoveryCodes(tx, userId, { hashes, at: deps.clock.now() });
    await record(tx, deps, { type: 'second_factor.codes_made', userId, facts });
    const { address } = facts;
    await tellOfChange(tx, deps, { userId, change: 'recovery-codes-made', address });
  });
  return codes;
}

interface OwnAct {
  type: Extract<AuditEventType, `second_factor.${string}`>;
  userId: string;
  facts: RequestFacts;
}

function record(tx: Db, { clock }: Deps, { type, userId, facts }: OwnAct): Promise<void> {
  return appendAuditEvent(tx, clock.now(), {
    type,
    outcome: 'success',
    actor: { type: 'user', id: userId },
    target: { type: 'user', id: userId },
    request: facts,
  });
}

function missing(): DomainError {
  const message = 'This account has no second factor.';
  return new DomainError('conflict', 'second_factor_missing', message);
}
