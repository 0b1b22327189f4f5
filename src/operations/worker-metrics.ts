// The numbers of all workers of a cluster together, whichever of them is asked: a worker asks the primary, which asks
// every worker. prom-client loads the cluster's part by itself; here it is only asked for where there is one.
import cluster, { type Worker } from 'node:cluster';
import { randomUUID } from 'node:crypto';
import { AggregatorRegistry, type RegistryContentType } from 'prom-client';
import * as z from 'zod';
import { type MetricsText, readMetrics } from './metrics.ts';

const PATIENCE_MS = 6_000; // prom-client gives the workers five seconds.

const question = z.object({ type: z.literal('latchkey:metrics'), id: z.string() });
const answer = question.extend({ contentType: z.string(), text: z.string() });

/** In a process without a cluster: its own. */
export async function readAllMetrics(): Promise<MetricsText> {
  return cluster.isWorker ? askPrimary() : readMetrics();
}

/** In a worker, at its start: lets it answer what the primary asks. */
export function joinMetrics(): void {
  if (cluster.isWorker) sharedRegistry();
}

/** In the primary: answers what workers ask. */
export function answerMetrics(): void {
  const registry = sharedRegistry();
  cluster.on('message', (worker: Worker, message: unknown) => {
    const asked = question.safeParse(message);
    if (!asked.success || !worker.isConnected()) return;

    void registry
      .clusterMetrics()
      .catch(() => '') // A worker did not answer in time: no numbers are better than wrong ones.
      .then((text) => worker.send({ ...asked.data, contentType: registry.contentType, text }));
  });
}

// Making one is what starts its conversation with the other processes.
let shared: AggregatorRegistry<RegistryContentType> | undefined;

function sharedRegistry(): AggregatorRegistry<RegistryContentType> {
  shared ??= new AggregatorRegistry();
  return shared;
}

function askPrimary(): Promise<MetricsText> {
  const id = randomUUID();
  const { promise, resolve, reject } = Promise.withResolvers<MetricsText>();
  const receive = (message: unknown) => {
    const answered = answer.safeParse(message);
    if (answered.success && answered.data.id === id) resolve(answered.data);
  };
  const timer = setTimeout(() => reject(new Error('The primary gave no metrics.')), PATIENCE_MS);
  process.on('message', receive);
  process.send?.({ type: 'latchkey:metrics', id });
  return promise.finally(() => {
    clearTimeout(timer);
    process.off('message', receive);
  });
}
