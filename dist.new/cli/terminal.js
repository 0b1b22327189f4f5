// The person at the terminal, if there is one. Questions go to standard error: standard output is for the answer.
// A secret is never an argument: arguments end up in the shell's history and in the list of processes.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { usageFault } from './usage.js';
/** @throws a usage fault where nobody can be asked */
export async function readNewPassword({ passwordStdin }) {
    if (passwordStdin)
        return readPasswordFromStdin();
    if (!isInteractive()) {
        throw usageFault('Give the password on standard input, with --password-stdin.');
    }
    const password = await askHidden('Password: ');
    if ((await askHidden('Password again: ')) !== password) {
        throw usageFault('These are two different passwords.');
    }
    return password;
}
/** Whether there is a person to ask. */
export function isInteractive() {
    return process.stdin.isTTY && process.stdout.isTTY;
}
/** All of standard input but the line's end that `echo` and a file's last line bring. */
async function readPasswordFromStdin() {
    return (await text(process.stdin)).replace(/\r?\n$/, '');
}
async function askHidden(question) {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
    const interrupted = new AbortController();
    terminal.once('SIGINT', () => interrupted.abort());
    process.stderr.write(question);
    try {
        return await terminal.question('', { signal: interrupted.signal });
    }
    catch (cause) {
        throw usageFault('Interrupted.', { cause });
    }
    finally {
        terminal.close();
        process.stderr.write('\n');
    }
}
//# sourceMappingURL=terminal.js.map