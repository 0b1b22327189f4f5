// Several processes on one port (WORKERS). The primary prepares the database once, forks, and replaces
// workers that die; all state is in the database, so no request needs a particular worker.
import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, type RegistryContentType } from 'prom-client';
import type { Logger } from '../operations/log.ts';
import type { MetricsText } from '../operations/metrics.ts';

const FIRST_PAUSE_MILLISECONDS = 250;
const LONGEST_PAUSE_MILLISECONDS = 30_000;
const STEADY_MILLISECONDS = 60_000;

interface Deps {
  log: Logger;
  count: number;
}

/** @returns resolves when all workers listen; `stop` ends them and waits */
export async function startWorkers({ log, count }: Deps): Promise<{ stop(): Promise<void> }> {
  let isStopping = false;
  let pause = FIRST_PAUSE_MILLISECONDS;
  const registry = new AggregatorRegistry();

  const fork = () => {
    const startedAt = Date.now();
    const worker = cluster.fork();
    worker.on('message', (message) => answerMetrics(registry, worker, message));
    worker.once('exit', (code, signal) => {
      if (isStopping) return;
      pause = Date.now() - startedAt > STEADY_MILLISECONDS ? FIRST_PAUSE_MILLISECONDS : Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS);
      log.error({ pid: worker.process.pid, code, signal, pauseMs: pause }, 'a worker died and is replaced');
      setTimeout(() => isStopping || fork(), pause).unref();
    });
    return worker;
  };

  await Promise.all(Array.from({ length: count }, () => listening(fork())));
  return {
    async stop() {
      isStopping = true;
      const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
      await Promise.all(workers.map(end));
    },
  };
}

function listening(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('listening', () => resolve());
    worker.once('exit', () => reject(new Error('A worker ended before it listened; its log says why.')));
  });
}

function end(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve());
    worker.process.kill('SIGTERM');
  });
}

const ASK = 'latchkey:metrics';

async function answerMetrics(registry: AggregatorRegistry<RegistryContentType>, worker: Worker, message: unknown) {
  if (message !== ASK) return;
  const text = await registry.clusterMetrics().catch(() => '');
  if (worker.isConnected()) worker.send({ type: ASK, text, contentType: registry.contentType });
}

/** In a worker: the numbers of all workers together, asked of the primary. */
export function readAllMetrics(): Promise<MetricsText> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => done(() => reject(new Error('The primary did not answer.'))), 5000);
    const receive = (message: { type?: string } & MetricsText) => {
      if (message?.type === ASK) done(() => resolve({ text: message.text, contentType: message.contentType }));
    };
    const done = (settle: () => void) => {
      clearTimeout(timer);
      process.off('message', receive);
      settle();
    };
    process.on('message', receive);
    process.send?.(ASK);
  });
}
