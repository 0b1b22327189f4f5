// Runs bin/latchkey as a person or a script does: a process of its own, with nothing of this one but the path.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { ROOT } from '../support/database.ts';

export interface Outcome {
  code: number;
  out: string;
  err: string;
}

export type Latchkey = (line: string, input?: string) => Promise<Outcome>;

/** @param env the settings of all commands */
export function latchkeyWith(env: Record<string, string>): Latchkey {
  return (line, input = '') => run(line.split(' '), { env, input });
}

async function run(
  words: string[],
  { env, input }: { env: Record<string, string>; input: string },
) {
  const child = spawn(`${ROOT}bin/latchkey`, words, {
    env: { PATH: process.env['PATH'], ...env },
    cwd: '/',
  });
  child.stdin.on('error', () => undefined); // a command that reads nothing may be gone by now
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: Number(code), out, err };
}
