// The outbox to look at: for the operator's command line, and for the mailbox page of development.
import type { Clock } from '../../foundation/clock.ts';
import { DomainError } from '../../foundation/errors.ts';
import type { Db } from '../../storage/database.ts';
import { openContent } from './mail-content.ts';
import type { MailContent } from './mail-kinds.ts';
import * as store from './mail-store.ts';
import { GIVE_UP_SECONDS } from './outbox.ts';

export const MAIL_STATES = ['waiting', 'sent', 'failed'] as const satisfies store.MailState[];

export interface KeptMail {
  id: string;
  to: string;
  kind: string;
  state: store.MailState;
  attempts: number;
  createdAt: Date;
  sentAt: Date | null;
  failedAt: Date | null;
  /** When it is tried next. */
  dueAt: Date | null;
  fault: string | null;
}

/** The newest first; without what they say. */
export async function listMails(
  { db }: { db: Db },
  query: { state?: store.MailState | undefined; limit: number },
): Promise<KeptMail[]> {
  return (await store.listNewest(db, query)).map(keptMail);
}

/**
 * Lets failed mails be tried again at once, and for two days; those whose link has expired stay as they are.
 * @param id one mail; all that failed when absent
 * @returns how many are tried again
 * @throws DomainError `not-found` `mail_not_found`; `conflict` `mail_not_failed` when it waits, was sent or has expired
 */
export async function retryMails(
  { db, clock }: { db: Db; clock: Clock },
  id?: string,
): Promise<number> {
  if (id !== undefined && !(await store.find(db, id))) throw notFound();

  const now = clock.now();
  const giveUpAt = new Date(now.getTime() + GIVE_UP_SECONDS * 1000);
  const count = await store.retry(db, id, { now, giveUpAt });
  if (id !== undefined && count === 0) {
    const message = 'Only a mail that failed, and is not out of date, can be tried again.';
    throw new DomainError('conflict', 'mail_not_failed', message);
  }
  return count;
}

interface ReadingDeps {
  db: Db;
  mailKey: Buffer;
}

export interface ReadMail extends KeptMail, MailContent {}

/** The newest mails with what they say, for development alone: whoever reads them has their links and codes. */
export async function readMails({ db, mailKey }: ReadingDeps, limit: number): Promise<ReadMail[]> {
  const mails = await store.listNewest(db, { limit });
  return mails.flatMap((mail) => readMail(mailKey, mail) ?? []);
}

/** @throws DomainError `not-found` `mail_not_found`, also when its content is gone */
export async function getReadMail({ db, mailKey }: ReadingDeps, id: string): Promise<ReadMail> {
  const mail = await store.find(db, id);
  const read = mail && readMail(mailKey, mail);
  if (!read) throw notFound();
  return read;
}

function readMail(mailKey: Buffer, mail: store.Mail): ReadMail | undefined {
  if (mail.sealedContent === null) return undefined;
  return { ...keptMail(mail), ...openContent(mailKey, mail, mail.sealedContent) };
}

function keptMail(mail: store.Mail): KeptMail {
  const { id, recipient, kind, attempts, createdAt, sentAt, failedAt, dueAt, fault } = mail;
  const state = sentAt ? 'sent' : failedAt ? 'failed' : 'waiting';
  return { id, to: recipient, kind, state, attempts, createdAt, sentAt, failedAt, dueAt, fault };
}

function notFound(): DomainError {
  return new DomainError('not-found', 'mail_not_found', 'There is no such mail.');
}
