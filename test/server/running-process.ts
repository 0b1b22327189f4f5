// The server as it is started from a terminal: a process of its own, with its output.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../support/database.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface RunningProcess {
  child: ChildProcess;
  /** The log lines so far, parsed. */
  log: () => Record<string, unknown>[];
  /** What a person at the terminal reads. */
  terminal: () => string;
  /** Resolves when the log has a line with that message, as many times as wanted. */
  logged: (msg: string, times?: number) => Promise<void>;
  /** Resolves to its exit code, and the milliseconds it took from now. */
  ended: () => Promise<{ code: number | null; ms: number }>;
}

/** @param command the server itself when absent */
export function startProcess(
  env: Record<string, string>,
  [command, ...args]: [string, ...string[]] = [process.execPath, MAIN],
): RunningProcess {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', NODE_ENV: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => void (output.stdout += chunk));
  child.stderr.on('data', (chunk) => void (output.stderr += chunk));
  const exited = once(child, 'exit');
  const log = () =>
    output.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));

  return {
    child,
    log,
    terminal: () => output.stderr,
    async logged(msg, times = 1) {
      const count = () => log().filter((line) => line['msg'] === msg).length;
      const isOver = () => child.exitCode !== null || child.signalCode !== null;
      while (count() < times) {
        if (isOver())
          throw new Error(`It ended without "${msg}": ${output.stdout}${output.stderr}`);
        await later(20);
      }
    },
    async ended() {
      const startedAt = performance.now();
      const [code] = await exited;
      return { code, ms: performance.now() - startedAt };
    },
  };
}

export interface Place {
  /** A data directory that does not exist yet, in one that is removed by `remove`. */
  directory: string;
  remove: () => void;
}

export function newPlace(): Place {
  const parent = mkdtempSync(join(tmpdir(), 'latchkey-process-'));
  return {
    directory: join(parent, 'data'),
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A connection that a test writes to as it likes, and that remembers what came back. */
export async function open(
  port: number,
): Promise<{ socket: Socket; received: () => string; closed: Promise<unknown> }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => void (text += chunk));
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  return { socket, received: () => text, closed };
}

export const later = (milliseconds: number) =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
