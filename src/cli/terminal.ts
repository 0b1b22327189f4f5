// The person at the terminal, if there is one. Questions go to standard error: standard output is for the answer.
// A secret is never an argument: arguments end up in the shell's history and in the list of processes.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { DomainError } from '../foundation/errors.ts';
import { usageFault } from './usage.ts';

export interface PasswordSource {
  /** From standard input rather than from a prompt. */
  passwordStdin?: true;
}

/** @throws a usage fault where nobody can be asked */
export async function readNewPassword({ passwordStdin }: PasswordSource): Promise<string> {
  if (passwordStdin) return readPasswordFromStdin();
  if (!isInteractive()) {
    throw usageFault('Give the password on standard input, with --password-stdin.');
  }

  const [password = '', again] = await askHidden(['Password: ', 'Password again: ']);
  if (password !== again) {
    throw new DomainError('invalid', 'passwords_differ', 'These are two different passwords.');
  }
  return password;
}

/** Whether there is a person to ask. */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}

/** All of standard input but the line's end that `echo` and a file's last line bring. */
async function readPasswordFromStdin(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}

/** One terminal for all questions: what is typed ahead of the next one isn't shown either. */
async function askHidden(questions: string[]): Promise<string[]> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  const interrupted = new AbortController();
  for (const event of ['SIGINT', 'close'] as const) terminal.once(event, () => interrupted.abort());

  const answers: string[] = [];
  try {
    for (const question of questions) {
      process.stderr.write(question);
      answers.push(await terminal.question('', { signal: interrupted.signal }));
      process.stderr.write('\n');
    }
  } catch (cause) {
    process.stderr.write('\n');
    throw new DomainError('invalid', 'interrupted', 'Interrupted.', { cause });
  } finally {
    terminal.close();
  }
  return answers;
}
