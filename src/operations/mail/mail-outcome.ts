// What follows from an attempt to send a mail: one row for each way it can end.
import { retryDelaySeconds } from './retry-delay.ts';

/** How an attempt ended: `refused` is for good, `deferred` and `unreachable` may be different next time. */
export interface Attempt {
  result: 'sent' | 'refused' | 'deferred' | 'unreachable' | 'expired' | 'late';
  /** Why it was not sent. */
  fault?: string;
}

interface Tried {
  /** Before this one. */
  attempts: number;
  giveUpAt: Date;
}

interface Judgement {
  outcome: 'sent' | 'refused' | 'deferred' | 'expired' | 'given_up';
  columns: {
    dueAt: Date | null;
    sentAt?: Date;
    failedAt?: Date;
    fault: string | null;
    sealedContent?: null;
  };
}

/**
 * The columns of the mail after the attempt. What was sent and what is worthless lose their content; what was refused or
 * given up keeps it, for `latchkey mail retry`.
 */
export function judgeAttempt(mail: Tried, { result, fault = '' }: Attempt, now: Date): Judgement {
  return JUDGEMENTS[result](mail, fault, now);
}

const JUDGEMENTS: Record<Attempt['result'], (mail: Tried, fault: string, now: Date) => Judgement> =
  {
    sent: (_mail, _fault, now) => ({
      outcome: 'sent',
      columns: { dueAt: null, sentAt: now, fault: null, sealedContent: null },
    }),
    refused: (_mail, fault, now) => ({ outcome: 'refused', columns: failed(fault, now) }),
    deferred: againLater,
    unreachable: againLater,
    expired: (_mail, fault, now) => ({
      outcome: 'expired',
      columns: { ...failed(fault, now), sealedContent: null },
    }),
    late: (_mail, fault, now) => ({ outcome: 'given_up', columns: failed(fault, now) }),
  };

function againLater({ attempts, giveUpAt }: Tried, fault: string, now: Date): Judgement {
  const next = new Date(now.getTime() + retryDelaySeconds(attempts + 1) * 1000);
  return next < giveUpAt
    ? { outcome: 'deferred', columns: { dueAt: next, fault } }
    : { outcome: 'given_up', columns: failed(fault, now) };
}

function failed(fault: string, now: Date) {
  return { dueAt: null, failedAt: now, fault };
}
