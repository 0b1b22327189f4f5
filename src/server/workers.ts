// Several processes on one port (WORKERS). The primary serves nothing: it forks, replaces workers that die, and passes
// on the signal to stop. All state is in the database, so no request needs a particular worker.
import cluster, { type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { DomainError } from '../foundation/errors.ts';
import type { Logger } from '../operations/log.ts';
import { answerMetrics } from '../operations/worker-metrics.ts';
import type { Running } from './process-events.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** A worker that lived this long did not die of how it was started. */
const STEADY_MS = 60_000;
const KILL_AFTER_SECONDS = 6;

interface Deps {
  config: Pick<Config, 'workers' | 'shutdownSeconds'>;
  log: Logger;
}

/**
 * Resolves when all workers listen. The first starts alone: it prepares what the others find, and when it can't start
 * neither can they.
 */
export async function startWorkers({ config, log }: Deps): Promise<Running> {
  const state = { isStopping: false };
  answerMetrics();
  await keepWorker(state, log);
  await Promise.all(Array.from({ length: config.workers - 1 }, () => keepWorker(state, log)));
  return {
    async stop() {
      state.isStopping = true;
      const workers = Object.values(cluster.workers ?? {}).filter((one) => one !== undefined);
      await Promise.all(workers.map((worker) => end(worker, config.shutdownSeconds)));
    },
  };
}

/** Forks, and forks again whenever the worker dies. Resolves when the first one listens. */
async function keepWorker(state: { isStopping: boolean }, log: Logger): Promise<void> {
  const fork = () => {
    const worker = cluster.fork();
    worker.on('error', (err) => log.error({ err }, 'a worker can’t be reached'));
    return { worker, exited: exitOf(worker), startedAt: performance.now() };
  };
  const first = fork();
  await listening(first);
  void replaceForever(state, log, { ...first, fork });
}

interface Forked {
  worker: Worker;
  exited: Promise<{ exit: number; signal: string }>;
  startedAt: number;
}

async function replaceForever(
  state: { isStopping: boolean },
  log: Logger,
  { fork, ...first }: Forked & { fork: () => Forked },
): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  for (let current: Forked = first; ; current = fork()) {
    const how = await current.exited;
    if (state.isStopping) return;

    const wasSteady = performance.now() - current.startedAt > STEADY_MS;
    pauseMs = wasSteady ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    const { pid } = current.worker.process;
    log.error({ worker: pid, ...how, pauseMs }, 'a worker died and is replaced');
    await sleep(pauseMs);
    if (state.isStopping) return;
  }
}

async function listening({ worker, exited }: Forked): Promise<void> {
  const listens = new Promise<'listens'>((resolve) => {
    worker.once('listening', () => resolve('listens'));
  });
  if ((await Promise.race([listens, exited])) === 'listens') return;
  throw new DomainError('unavailable', 'worker_ended', 'A worker could not start.');
}

function exitOf(worker: Worker): Promise<{ exit: number; signal: string }> {
  return new Promise((resolve) => {
    worker.once('exit', (exit, signal) => resolve({ exit, signal }));
  });
}

async function end(worker: Worker, shutdownSeconds: number): Promise<void> {
  if (worker.isDead()) return;

  const kill = () => worker.process.kill('SIGKILL');
  const timer = setTimeout(kill, (shutdownSeconds + KILL_AFTER_SECONDS) * 1000);
  const exited = exitOf(worker);
  worker.process.kill('SIGTERM');
  await exited;
  clearTimeout(timer);
}
