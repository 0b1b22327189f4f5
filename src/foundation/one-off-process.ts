// Work on bytes that nobody vouches for, by code that is not memory-safe: in a process of its own, which has none of our
// settings and secrets in its environment, takes its memory with it when it ends, and may crash.
import { spawn } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Work {
  /** The URL of the module that asks, and the name of the worker's module beside it, without its ending. */
  beside: string;
  module: string;
  /** What the process reads from its standard input. */
  input: Buffer;
  /** The process is killed then. */
  milliseconds: number;
  /** It is killed as well when it answers more. */
  maxBytes: number;
}

export interface Outcome {
  /** What it wrote to its standard output. */
  output: Buffer;
  /** Nothing when it was killed. */
  exitCode: number | null;
}

/** @throws Error when the process could not be started */
export function runOneOffProcess({
  beside,
  module,
  input,
  milliseconds,
  maxBytes,
}: Work): Promise<Outcome> {
  const file = fileURLToPath(new URL(`./${module}${extname(beside)}`, beside)); // .ts in tests, .js in dist
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file], {
      env: {},
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: milliseconds,
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) child.kill('SIGKILL');
      else chunks.push(chunk);
    });
    child.stdin.on('error', () => undefined); // it ended before it read everything: its exit says how
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ output: Buffer.concat(chunks), exitCode }));
    child.stdin.end(input);
  });
}
