// Consents: what a person allowed a client, remembered until it is revoked. A grant is one use of it.
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { Actor } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { currentRequest } from '../../operations/request-scope.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import * as store from './consent-store.ts';
import { deleteGrantsBetween } from './grant-store.ts';
import { type Answer, mergeAnswers, NO_ANSWER } from './scopes.ts';

interface Deps {
  db: Database;
  clock: Clock;
}

interface Between {
  userId: string;
  clientId: string;
}

/** Everything the person answered this client so far. */
export async function rememberedAnswer(db: Db, between: Between): Promise<Answer> {
  return (await store.findAnswer(db, between)) ?? NO_ANSWER;
}

/** Adds what is decided in view of the answers so far, and answers all together; nothing when nothing was decided. */
export async function rememberAnswer(
  tx: Db,
  between: Between,
  decide: (before: Answer) => Answer | undefined,
): Promise<Answer | undefined> {
  const before = await rememberedAnswer(tx, between);
  const answer = decide(before);
  if (!answer) return undefined;

  const all = mergeAnswers(before, answer);
  await store.saveAnswer(tx, between, all);
  return all;
}

export async function listConsents({ db }: { db: Db }, filter: store.ConsentFilter) {
  const rows = await store.listConsentRows(db, filter);
  return rows.map(({ id, userId, clientId, scopes, createdAt, updatedAt, user, client }) => ({
    id,
    userId,
    login: user.login,
    clientId,
    clientName: client.name,
    ...(scopes as unknown as Answer),
    createdAt,
    updatedAt,
  }));
}

/**
 * Forgets the consent and ends every grant and token between the two, in every session and on every device.
 * @throws DomainError consent_not_found, also when it is not the person's who is named
 */
export function revokeConsent(
  { db, clock }: Deps,
  { consentId, userId }: { consentId: string; userId?: string | undefined },
  actor: Actor,
) {
  return transact(db, async (tx) => {
    const between = await store.findConsentRow(tx, consentId, userId);
    if (!between || !(await store.deleteConsentRow(tx, consentId))) throw unknownConsent(consentId);

    await deleteGrantsBetween(tx, between);
    await appendAuditEvent(tx, clock.now(), {
      type: 'consent.revoked',
      outcome: 'success',
      actor,
      target: { type: 'user', id: between.userId },
      clientId: between.clientId,
      request: currentRequest(),
    });
  });
}

function unknownConsent(id: string): DomainError {
  return new DomainError('not-found', 'consent_not_found', `There is no such consent: ${id}`);
}
