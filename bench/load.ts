// The load: a fixed number of workers, each with one request under way, for a fixed time.
import type { Work } from './cases.ts';
import type { Subject } from './subject.ts';

export interface Sample {
  perSecond: number;
  /** CPU time of the subject's process per request, all its threads. */
  cpuMicros: number;
  /** The same of its main thread alone: without the thread pool, where passwords are hashed. */
  mainThreadMicros: number;
  latenciesMs: number[];
}

interface Load {
  workers: number;
  /** Asked after every request of a worker. */
  until: () => boolean;
}

/** For `until`: over after that time, from now on. */
export function after(milliseconds: number): () => boolean {
  const deadline = performance.now() + milliseconds;
  return () => performance.now() >= deadline;
}

/** @throws as the work does */
export async function measure(subject: Subject, work: Work, load: Load): Promise<Sample> {
  const before = await subject.usage();
  const startedAt = performance.now();
  const latenciesMs = await generate(work, load);
  const seconds = (performance.now() - startedAt) / 1_000;
  const spent = await subject.usage();

  const count = latenciesMs.length;
  return {
    perSecond: count / seconds,
    cpuMicros: (spent.cpuMicros - before.cpuMicros) / count,
    mainThreadMicros: (spent.mainThreadMicros - before.mainThreadMicros) / count,
    latenciesMs,
  };
}

/** Answers how long each took. What is under way at the end is waited for, and counts. */
export async function generate(work: Work, { workers, until }: Load): Promise<number[]> {
  const latenciesMs: number[] = [];
  const run = async (worker: number) => {
    do {
      const startedAt = performance.now();
      await work(worker);
      latenciesMs.push(performance.now() - startedAt);
    } while (!until());
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => run(worker)));
  return latenciesMs;
}
