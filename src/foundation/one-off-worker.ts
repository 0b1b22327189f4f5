// Work that would hold up everybody else's requests, and that no thread pool does for us: in a thread of its own, which
// ends with it, whatever memory it took.
import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

interface Work {
  /** The URL of the module that asks, and the name of the worker's module beside it, without its ending. */
  beside: string;
  module: string;
  input: unknown;
  /** The thread is stopped then, wherever it is. */
  milliseconds: number;
}

/**
 * Runs the module with the input as its workerData, and answers the one message that it posts.
 * @throws Error when the time is over, or whatever the worker threw
 */
export async function runOneOffWorker({
  beside,
  module,
  input,
  milliseconds,
}: Work): Promise<unknown> {
  const file = new URL(`./${module}${extname(beside)}`, beside); // .ts in tests, .js in dist
  const worker = new Worker(file, { workerData: input, execArgv: [] });
  try {
    const [message] = await once(worker, 'message', { signal: AbortSignal.timeout(milliseconds) });
    return message;
  } finally {
    await worker.terminate();
  }
}
