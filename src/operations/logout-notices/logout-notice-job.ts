// Tells applications what is written down for them. Any number of nodes may: each notice is claimed by a conditional
// update, for a while, so that another node takes over when one dies. Only then may an application be told twice, which
// changes nothing for it.
import type { Clock } from '../../foundation/clock.ts';
import type { Db } from '../../storage/database.ts';
import type { Job } from '../jobs/scheduler.ts';
import type { Logger } from '../log.ts';
import { retryDelaySeconds } from '../mail/retry-delay.ts';
import * as store from './logout-notice-store.ts';

const EVERY_SECONDS = 2;
/** Longer than an application may take to answer (safe-fetch.ts). */
const CLAIM_SECONDS = 30;
/** By then, what the session gave the application has expired in most cases. */
const GIVE_UP_SECONDS = 86_400;
const AT_A_TIME = 10;
const BATCH = 200;
/** So that a node that stops is not kept by applications that don't answer. */
const RUN_MILLISECONDS = 4000;

export type EndedSession = Pick<store.Notice, 'clientId' | 'userId' | 'sid'>;

export interface NoticeDeps {
  db: Db;
  clock: Clock;
  log: Pick<Logger, 'warn'>;
  /** Rejects when the application did not receive it; also resolves when there is nobody to tell any more. */
  tellLogout: (ended: EndedSession) => Promise<void>;
}

export function logoutNoticeJob(deps: NoticeDeps): Job {
  return {
    name: 'logout-notices',
    everySeconds: EVERY_SECONDS,
    run: () => sendLogoutNotices(deps),
  };
}

/** @returns how many of those whose turn it was were received, and how many were not */
export async function sendLogoutNotices(
  deps: NoticeDeps,
): Promise<Record<'told' | 'failed', number>> {
  const counts = { told: 0, failed: 0 };
  const due = await store.listDue(deps.db, deps.clock.now(), BATCH);
  const endsAt = performance.now() + RUN_MILLISECONDS;
  const workers = Array.from({ length: AT_A_TIME }, async () => {
    for (let one = due.shift(); one && performance.now() < endsAt; one = due.shift()) {
      const outcome = await attempt(deps, one);
      if (outcome) counts[outcome]++;
    }
  });
  await Promise.all(workers);
  return counts;
}

/** @returns nothing when another node has it */
async function attempt(
  deps: NoticeDeps,
  notice: store.Notice,
): Promise<'told' | 'failed' | undefined> {
  const { db, clock, tellLogout } = deps;
  const claim = await store.claim(db, notice, inSeconds(clock.now(), CLAIM_SECONDS));
  if (!claim) return undefined;

  try {
    await tellLogout(notice);
  } catch (error) {
    await putOff(deps, { notice, claim, error });
    return 'failed';
  }
  await store.remove(db, notice);
  return 'told';
}

interface Failure {
  notice: store.Notice;
  claim: store.Claim;
  error: unknown;
}

async function putOff(
  { db, clock, log }: NoticeDeps,
  { notice, claim, error }: Failure,
): Promise<void> {
  const { clientId, createdAt } = notice;
  const attempts = notice.attempts + 1;
  const next = inSeconds(clock.now(), retryDelaySeconds(attempts));
  const isGivenUp = next > inSeconds(createdAt, GIVE_UP_SECONDS);
  log.warn({ err: error, clientId, attempts, isGivenUp }, 'back-channel logout was not received');
  await (isGivenUp ? store.remove(db, notice) : store.postpone(db, claim, next));
}

const inSeconds = (at: Date, seconds: number) => new Date(at.getTime() + seconds * 1000);
