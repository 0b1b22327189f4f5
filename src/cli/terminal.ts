// The person at the terminal, if there is one. Questions go to standard error: standard output is for the answer.
// A secret is never an argument: arguments end up in the shell's history and in the list of processes.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { DomainError } from '../foundation/errors.ts';
import { singleLine } from '../foundation/single-line.ts';
import { usageFault } from './usage.ts';

export interface PasswordSource {
  /** From standard input rather than from a prompt. */
  passwordStdin?: true;
}

/**
 * @throws a usage fault where nobody can be asked
 * @throws DomainError `invalid` for what nobody could type at sign-in
 */
export async function readNewPassword(source: PasswordSource): Promise<string> {
  const password = await obtainPassword(source);
  if (password === undefined) {
    throw new DomainError('invalid', 'password_lines', 'A password is one line; this is several.');
  }
  if (/\p{Cc}/u.test(password)) {
    const message = 'A password has no control characters; a tabulator is one too.';
    throw new DomainError('invalid', 'password_control_characters', message);
  }
  return password;
}

async function obtainPassword({ passwordStdin }: PasswordSource): Promise<string | undefined> {
  if (passwordStdin) return singleLine(await text(process.stdin));
  if (!isInteractive()) {
    throw usageFault('Give the password on standard input, with --password-stdin.');
  }

  const [password = '', again] = await askHidden(['Password: ', 'Password again: ']);
  if (password !== again) {
    throw new DomainError('invalid', 'passwords_differ', 'These are two different passwords.');
  }
  return password;
}

/** Whether there is a person to ask. Where the answer goes does not matter. */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
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
