// What a person does with the passkeys they have. Each is looked up through its owner.
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import type { AuditEventType } from '../../operations/audit/audit-events.ts';
import { appendAuditEvent } from '../../operations/audit/audit-log.ts';
import { type Database, type Db, transact } from '../../storage/database.ts';
import { type NoticeDeps, tellOfChange } from '../users/credential-notice.ts';
import { endRememberedBrowsers } from '../remembered-browsers/remembered-browsers.ts';
import { holdFactors, removeIdleRecoveryCodes } from '../second-factors/second-factors.ts';
import * as store from './passkey-store.ts';

interface Deps extends NoticeDeps {
  db: Database;
}

export interface OwnPasskey {
  id: string;
  name: string;
  createdAt: Date;
  lastUsedAt: Date | null;
  /** Whether it may be on several devices. */
  synced: boolean;
}

interface Which {
  userId: string;
  id: string;
}

/** The newest first. */
export async function listOwnPasskeys({ db }: { db: Db }, userId: string): Promise<OwnPasskey[]> {
  const passkeys = await store.listOf(db, userId);
  return passkeys.map(({ id, name, createdAt, lastUsedAt, synced }) => ({
    id,
    name,
    createdAt,
    lastUsedAt,
    synced,
  }));
}

/** @throws DomainError `invalid` `passkey_name_malformed`; `not-found` `passkey_not_found` */
export async function renamePasskey(
  deps: Deps,
  { name, ...which }: Which & { name: string },
  facts: RequestFacts,
): Promise<void> {
  const chosen = passkeyName.safeParse(name);
  if (!chosen.success) throw malformed();

  await transact(deps.db, async (tx) => {
    if (!(await store.rename(tx, which, chosen.data))) throw notFound();
    await record(tx, deps, { type: 'passkey.renamed', which, facts });
  });
}

/**
 * The recovery codes go with the last second factor.
 * @throws DomainError `conflict` `last_passkey` for the only one of a person without a password; `not-found` `passkey_not_found`
 */
export async function removePasskey(deps: Deps, which: Which, facts: RequestFacts): Promise<void> {
  const { userId } = which;
  await transact(deps.db, async (tx) => {
    // Of two who remove one each, the second sees what the first has left.
    await holdFactors(tx, userId);
    if (!(await store.removeUnlessLast(tx, which)))
      throw (await store.exists(tx, which)) ? isLast() : notFound();
    await removeIdleRecoveryCodes(tx, userId);
    await endRememberedBrowsers(tx, userId);
    await record(tx, deps, { type: 'passkey.removed', which, facts });
    await tellOfChange(tx, deps, { userId, change: 'passkey-removed', address: facts.address });
  });
}

const passkeyName = z
  .string()
  .transform((text) => text.normalize('NFC').trim())
  .pipe(z.string().regex(/^[^\p{C}]{1,60}$/u));

interface Done {
  type: Extract<AuditEventType, `passkey.${string}`>;
  which: Which;
  facts: RequestFacts;
}

async function record(tx: Db, { clock }: Deps, { type, which: { userId, id }, facts }: Done) {
  await appendAuditEvent(tx, clock.now(), {
    type,
    outcome: 'success',
    actor: { type: 'user', id: userId },
    target: { type: 'user', id: userId },
    request: facts,
    detail: { passkey: id },
  });
}

function malformed(): DomainError {
  const message = 'A name has between 1 and 60 characters, none of them a control character.';
  return new DomainError('invalid', 'passkey_name_malformed', message);
}

function notFound(): DomainError {
  return new DomainError('not-found', 'passkey_not_found', 'There is no such passkey.');
}

function isLast(): DomainError {
  const message = 'This passkey is the only way to sign in to this account. Set a password first.';
  return new DomainError('conflict', 'last_passkey', message);
}
