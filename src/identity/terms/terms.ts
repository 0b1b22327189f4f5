// Who accepted which version of the terms of service. Which one is in force is a setting, so that changing it asks
// everybody anew; what was accepted is a record, and never changed. Where no version is set, nobody is asked.
import type { Config } from '../../config.ts';
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import type { Db } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/database-errors.ts';
import * as store from './terms-store.ts';

/** The terms in force. */
export interface Terms {
  version: string;
  url: string;
  privacyUrl: string | undefined;
}

/** Nothing where nobody is asked. */
export function termsInForce({
  termsVersion,
  termsUrl,
  privacyUrl,
}: Pick<Config, 'termsVersion' | 'termsUrl' | 'privacyUrl'>): Terms | undefined {
  if (termsVersion === undefined || termsUrl === undefined) return undefined;
  return { version: termsVersion, url: termsUrl, privacyUrl };
}

interface Deps {
  config: Pick<Config, 'termsVersion' | 'termsUrl' | 'privacyUrl'>;
  /** May be a transaction. */
  db: Db;
}

/** Whether the person is still to accept the terms in force; it costs nothing where there are none. */
export async function needsTerms({ config, db }: Deps, userId: string): Promise<boolean> {
  const terms = termsInForce(config);
  return terms !== undefined && !(await store.isAccepted(db, { userId, version: terms.version }));
}

interface Acceptance {
  userId: string;
  /** Of the terms that the person was shown. */
  version: string;
  facts: RequestFacts;
}

/**
 * Keeps the acceptance, with its audit event.
 * @param tx the transaction of the act: for a new person, the one that creates them
 * @throws DomainError `conflict` `terms_accepted` when they have accepted this version before: then nothing else in the
 * transaction holds either
 */
export async function acceptTerms(
  tx: Db,
  { clock }: { clock: Clock },
  { userId, version, facts }: Acceptance,
): Promise<void> {
  const acceptedAt = clock.now();
  try {
    await store.insertAcceptance(tx, { userId, version, acceptedAt });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const message = 'These terms were accepted already.';
    throw new DomainError('conflict', 'terms_accepted', message, { cause: error });
  }
  await appendAuditEvent(tx, acceptedAt, {
    type: 'terms.accepted',
    outcome: 'success',
    actor: { type: 'user', id: userId },
    target: { type: 'user', id: userId },
    request: facts,
    detail: { version },
  });
}

/** What the person accepted so far, the newest first. */
export const listAcceptedTerms = ({ db }: { db: Db }, userId: string) =>
  store.listOfUser(db, userId);
