// Work that would starve the rest of the process: so much at a time, so much in line, and no more.

export interface QueueLimits {
  /** How many run at a time. */
  concurrency: number;
  /** How many may run or wait. */
  queue: number;
  /** Told how many run or wait whenever that changes. */
  onDepth?: (depth: number) => void;
}

export interface BoundedQueue {
  /** Runs the work when its turn comes, in order of arrival; throws the refusal when the queue is full. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** How many run or wait. */
  depth(): number;
}

export function createBoundedQueue(
  { concurrency, queue, onDepth = () => {} }: QueueLimits,
  refusal: () => Error,
): BoundedQueue {
  const waiting: (() => void)[] = [];
  let depth = 0;

  return {
    depth: () => depth,
    async run(work) {
      if (depth >= queue) throw refusal();

      depth += 1;
      onDepth(depth);
      if (depth > concurrency) await new Promise<void>((turn) => waiting.push(turn));
      try {
        return await work();
      } finally {
        depth -= 1;
        onDepth(depth);
        waiting.shift()?.();
      }
    },
  };
}
