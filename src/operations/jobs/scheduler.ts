// Work in the background, at intervals. Every node may run every job, so a job must bear to run on several at once;
// jitter keeps them apart.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import { countJobRun } from '../metrics.ts';

const JITTER = 0.25;

export interface Job {
  name: string;
  everySeconds: number;
  /** Its answer is logged at debug level: counts, never rows. */
  run(): Promise<unknown>;
}

export interface Scheduler {
  /** First after about one interval, then about one interval after each end: never twice at once in this process. */
  every(job: Job): void;
  /** No further run begins; waits for those that are under way. */
  stop(): Promise<void>;
}

export function createScheduler({ log }: { log: Pick<Logger, 'debug' | 'error'> }): Scheduler {
  const stopping = new AbortController();
  const loops: Promise<void>[] = [];

  async function repeat(job: Job): Promise<void> {
    while (await waits(job.everySeconds, stopping.signal)) await runOnce(job, log);
  }

  return {
    every: (job) => void loops.push(repeat(job)),
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

/** Answers false when it was stopped meanwhile. */
async function waits(seconds: number, signal: AbortSignal): Promise<boolean> {
  const spread = 1 + JITTER * (2 * Math.random() - 1);
  try {
    await sleep(seconds * 1000 * spread, undefined, { ref: false, signal });
    return true;
  } catch {
    return false; // Aborted: nothing else makes the timer reject.
  }
}

async function runOnce(job: Job, log: Pick<Logger, 'debug' | 'error'>): Promise<void> {
  try {
    const result = await job.run();
    countJobRun(job.name, 'done');
    log.debug({ job: job.name, result }, 'job done');
  } catch (error) {
    countJobRun(job.name, 'failed');
    log.error({ job: job.name, err: error }, 'job failed; it runs again at its next turn');
  }
}
