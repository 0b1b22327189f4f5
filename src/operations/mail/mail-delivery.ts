// Sends what is in the outbox. Any number of nodes may: each mail is claimed by a conditional update, for a while, so
// that one node sends it, and another one takes over when that node dies. Only when a node dies, or loses the
// database, between the server's "accepted" and writing it down is a mail sent twice, under the same Message-ID.
import type { Clock } from '../../foundation/clock.ts';
import type { Database } from '../../storage/database.ts';
import type { Logger } from '../log.ts';
import { countMail } from '../metrics.ts';
import { openContent } from './mail-content.ts';
import { type Attempt, judgeAttempt } from './mail-outcome.ts';
import * as store from './mail-store.ts';
import { sendFault, type MailTransport } from './smtp-transport.ts';

/** Longer than a transport may take for one mail, so that no claim ends while its mail is still under way. */
export const CLAIM_SECONDS = 3 * 60;
const AT_A_TIME = 3;
const BATCH = 30;

export interface DeliveryDeps {
  db: Database;
  clock: Clock;
  log: Pick<Logger, 'info' | 'warn'>;
  mailKey: Buffer;
  /** Opens a connection to the mail server, for one run. */
  openTransport: () => Promise<MailTransport>;
  /** How long mails under way may take when it stops. */
  stopSeconds: number;
}

export interface Delivery {
  /** Sends all that is due, unless the mail server is away; when a run is under way, one more follows it. */
  run(): Promise<void>;
  /** Begins nothing more; what is still under way after a while is broken off, and waits for its next turn. */
  stop(): Promise<void>;
}

interface State {
  again: boolean;
  stopping: boolean;
  transport?: MailTransport;
}

export function createDelivery(deps: DeliveryDeps): Delivery {
  let running: Promise<void> | undefined;
  const state: State = { again: false, stopping: false };

  async function repeat(): Promise<void> {
    do {
      state.again = false;
      await sendAll(deps, state);
    } while (state.again && !state.stopping);
  }

  return {
    run() {
      if (running) state.again = true;
      running ??= repeat().finally(() => {
        running = undefined;
      });
      return running;
    },
    async stop() {
      state.stopping = true;
      const breakOff = setTimeout(() => state.transport?.close(), deps.stopSeconds * 1000);
      await running?.catch(() => undefined); // Whoever began the run hears of it.
      clearTimeout(breakOff);
    },
  };
}

async function sendAll(deps: DeliveryDeps, state: State): Promise<void> {
  const { db, clock, openTransport } = deps;
  let due = await store.listDue(db, clock.now(), BATCH);
  if (due.length === 0 || state.stopping) return;

  const transport = await openTransport();
  const run = { transport, isOver: () => state.stopping };
  state.transport = transport;
  try {
    while (due.length > 0 && !run.isOver()) {
      await sendSome(deps, due, run);
      due = run.isOver() ? [] : await store.listDue(db, clock.now(), BATCH);
    }
  } finally {
    delete state.transport;
    transport.close();
  }
}

interface Run {
  transport: MailTransport;
  /** Also when the server turned out to be away: the other mails keep their turn and are not blamed for it. */
  isOver: () => boolean;
}

async function sendSome(deps: DeliveryDeps, due: store.DueMail[], run: Run): Promise<void> {
  const left = [...due];
  const workers = Array.from({ length: AT_A_TIME }, async () => {
    for (let mail = left.shift(); mail && !run.isOver(); mail = left.shift()) {
      const attempt = await attemptOne(deps, mail, run.transport);
      if (attempt === 'unreachable') run.isOver = () => true;
    }
  });
  await Promise.all(workers);
}

/** @returns nothing when another node has it */
async function attemptOne(
  deps: DeliveryDeps,
  mail: store.DueMail,
  transport: MailTransport,
): Promise<Attempt['result'] | undefined> {
  const { db, clock, log } = deps;
  const now = clock.now();
  const claim = await store.claim(db, mail, new Date(now.getTime() + CLAIM_SECONDS * 1000));
  if (!claim) return undefined;

  const attempt = await send(deps, mail, transport);
  const { outcome, columns } = judgeAttempt(mail, attempt, clock.now());
  await store.settle(db, claim, columns);
  countMail(outcome);
  const told = { mail: mail.id, kind: mail.kind, outcome, attempt: mail.attempts + 1 };
  if (attempt.result === 'sent') log.info(told, 'mail sent');
  else log.warn({ ...told, reason: attempt.fault ?? '' }, 'mail not sent');
  return attempt.result;
}

async function send(
  { clock, mailKey }: DeliveryDeps,
  mail: store.DueMail,
  transport: MailTransport,
): Promise<Attempt> {
  const now = clock.now();
  if (mail.expiresAt && mail.expiresAt <= now) return { result: 'expired', fault: 'expired' };
  if (mail.giveUpAt <= now) return { result: 'late', fault: mail.fault ?? 'not tried in time' };
  if (mail.sealedContent === null) return { result: 'expired', fault: 'no content' };

  const content = openedContent(mailKey, mail, mail.sealedContent);
  if (!content) return { result: 'refused', fault: 'its content was altered' };

  try {
    await transport.send({ id: mail.id, to: mail.recipient, ...content });
    return { result: 'sent' };
  } catch (error) {
    return sendFault(error);
  }
}

function openedContent(mailKey: Buffer, mail: store.DueMail, sealed: string) {
  try {
    return openContent(mailKey, mail, sealed);
  } catch {
    return undefined; // Altered, or moved to another mail or recipient: it says no more than that.
  }
}
