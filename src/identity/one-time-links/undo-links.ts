// The links in the mails that tell of a change to the ways a person signs in. Unlike other one-time links they survive
// what a thief would do next: another password, another address, a newer change. Each undoes its own change and all that
// came after it, so of a thief's links and the owner's, who was told first, the owner's goes further back.
import type { Clock } from '../../foundation/clock.ts';
import type { RequestFacts } from '../../foundation/request-facts.ts';
import { hashSecret, newSecret } from '../../foundation/secrets.ts';
import type { CredentialChange } from '../../operations/mail/mail-kinds.ts';
import type { Db } from '../../storage/database.ts';
import { type LinkDeps, linkInvalid, refuseLink } from './one-time-links.ts';
import * as store from './undo-link-store.ts';

/** Long enough for a holiday mail; what an undo can do, whoever reads an old mail in that time can. */
const UNDO_SECONDS = 7 * 86_400;

/** An authenticator that was taken away. The seed is sealed. */
export interface FormerAuthenticator {
  sealedSeed: string;
  createdAt: Date;
}

interface Undoable {
  userId: string;
  change: CredentialChange;
  /** The address that the person had before the change. */
  email: string;
  former?: FormerAuthenticator | undefined;
}

export async function issueUndoLink(
  tx: Db,
  { clock }: { clock: Clock },
  { former, ...undoable }: Undoable,
): Promise<{ token: string; expiresAt: Date }> {
  const token = newSecret();
  const createdAt = clock.now();
  const expiresAt = new Date(createdAt.getTime() + UNDO_SECONDS * 1000);
  await store.insertUndoLink(tx, {
    ...undoable,
    tokenHash: hashSecret(token),
    formerSeed: former?.sealedSeed ?? null,
    formerFrom: former?.createdAt ?? null,
    createdAt,
    expiresAt,
  });
  return { token, expiresAt };
}

/** A link that may be used at this moment. */
export type OpenUndoLink = store.UndoLinkRow;

/**
 * The link, for showing its page or before it is used. A refusal is counted and on record.
 * @throws DomainError `not-found` `link_invalid` when it was used, is part of what another one undid, has expired, or its
 * person is disabled; `too-many` `rate_limited`
 */
export async function requireUndoLink(
  deps: LinkDeps,
  token: string,
  facts: RequestFacts,
): Promise<OpenUndoLink> {
  deps.rateLimits.assertNotBlocked('oneTimeLinks', facts.address);
  const open = { tokenHash: hashSecret(token), now: deps.clock.now() };
  const found = await store.findUndoLink(deps.db, open);
  if (!found) throw await refuseLink(deps, { purpose: 'undo', userId: undefined }, facts);
  return found;
}

/** What happened since a link was made, that it included. */
export interface Undone {
  changes: string[];
  /** The one that the person had when it was made, if that was taken away since. */
  former: FormerAuthenticator | undefined;
}

/**
 * Uses it up, and with it the links of all that is undone with it; call it in the transaction of the act.
 * @throws DomainError `not-found` `link_invalid` when somebody else was first
 */
export async function spendUndoLink(tx: Db, link: OpenUndoLink, now: Date): Promise<Undone> {
  const { tokenHash, userId, createdAt: since } = link;
  if (!(await store.removeUndoLink(tx, { tokenHash, now }))) throw linkInvalid();

  const links = [link, ...(await store.takeUndoLinksSince(tx, { userId, since }))];
  const [former] = links.flatMap(({ formerSeed, formerFrom }) =>
    formerSeed && formerFrom ? [{ sealedSeed: formerSeed, createdAt: formerFrom }] : [],
  );
  return { changes: links.map(({ change }) => change), former };
}
