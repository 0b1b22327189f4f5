// Work in the background, at intervals. Every node may run every job, so a job must bear to run on several at once;
// jitter keeps them apart.
import { setTimeout as sleep } from 'node:timers/promises';
import { countJobRun } from '../metrics.js';
const JITTER = 0.25;
export function createScheduler({ log }) {
    const stopping = new AbortController();
    const loops = [];
    async function repeat(job) {
        while (await waits(job.everySeconds, stopping.signal))
            await runOnce(job, log);
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
async function waits(seconds, signal) {
    const spread = 1 + JITTER * (2 * Math.random() - 1);
    try {
        await sleep(seconds * 1000 * spread, undefined, { ref: false, signal });
        return true;
    }
    catch {
        return false; // Aborted: nothing else makes the timer reject.
    }
}
async function runOnce(job, log) {
    try {
        const result = await job.run();
        countJobRun(job.name, 'done');
        log.debug({ job: job.name, result }, 'job done');
    }
    catch (error) {
        countJobRun(job.name, 'failed');
        log.error({ job: job.name, err: error }, 'job failed; it runs again at its next turn');
    }
}
//# sourceMappingURL=scheduler.js.map