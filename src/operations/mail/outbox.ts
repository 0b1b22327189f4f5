// The outbox: a mail is written here in the transaction of the act that it tells of, and leaves when that is committed
// (mail-delivery.ts). It may hold a one-time link or code, so its content is sealed, to this mail and this recipient.
import { randomUUID } from 'node:crypto';
import type { Config } from '../../config.ts';
import type { Clock } from '../../foundation/clock.ts';
import { afterCommit } from '../../storage/after-commit.ts';
import type { Db } from '../../storage/database.ts';
import type { Logger } from '../log.ts';
import { assertMailAddress } from './mail-address.ts';
import { sealContent } from './mail-content.ts';
import type { ComposeMail, MailRequest } from './mail-kinds.ts';
import * as store from './mail-store.ts';

export const GIVE_UP_SECONDS = 2 * 86_400;

export interface Outbox {
  /**
   * Whether mail reaches people: by SMTP, or in development by the mailbox page. Where it doesn't, pages do not offer
   * what needs it; what is queued all the same is kept.
   */
  available: boolean;
  /**
   * Call it in the transaction of the act; the mail leaves after its commit, and never when it is rolled back.
   * @returns the mail's id
   * @throws DomainError `invalid` `mail_address_malformed`
   */
  queue: (tx: Db, request: MailRequest) => Promise<string>;
  /** Tells, after each commit, that there is something to send. */
  onQueued: (listener: () => void) => void;
}

interface Deps {
  config: Pick<Config, 'smtpUrl' | 'mailbox'>;
  clock: Clock;
  log: Pick<Logger, 'warn'>;
  mailKey: Buffer;
  composeMail: ComposeMail;
}

export function createOutbox(deps: Deps): Outbox {
  const listeners: (() => void)[] = [];
  const available = deps.config.smtpUrl !== undefined || deps.config.mailbox;

  return {
    available,
    async queue(tx, request) {
      const id = await insertMail(deps, tx, request);
      if (!available)
        deps.log.warn({ mail: id }, 'SMTP_URL is not set: a mail waits in the outbox');
      afterCommit(tx, () => {
        for (const listener of listeners) listener();
      });
      return id;
    },
    onQueued: (listener) => void listeners.push(listener),
  };
}

async function insertMail(
  { clock, mailKey, composeMail }: Deps,
  tx: Db,
  request: MailRequest,
): Promise<string> {
  assertMailAddress(request.to);
  const [id, now] = [randomUUID(), clock.now()];
  const content = composeMail(await inTheirLanguage(tx, request), now);
  const expiresAt = 'expiresAt' in request.data ? request.data.expiresAt : null;
  await store.insert(tx, {
    id,
    userId: request.userId ?? null,
    recipient: request.to,
    kind: request.kind,
    sealedContent: sealContent(mailKey, { id, recipient: request.to }, content),
    createdAt: now,
    dueAt: now,
    giveUpAt: new Date(now.getTime() + GIVE_UP_SECONDS * 1000),
    expiresAt,
  });
  return id;
}

/** Whom it is for says in which language, unless whoever asks for the mail knows better. */
async function inTheirLanguage(tx: Db, request: MailRequest): Promise<MailRequest> {
  if (request.locale !== undefined || request.userId === undefined) return request;
  return { ...request, locale: await store.findLocaleOf(tx, request.userId) };
}
