// A subject: a server in a process of its own, that can be asked what it has used and that ends when told.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import * as z from 'zod';
import { START_TIMEOUT_MS } from './bench-plan.ts';

export type SubjectName = 'koa' | 'provider' | 'argon2' | 'sqlite' | 'postgresql';

export interface Subject {
  name: SubjectName;
  origin: string;
  /** From the start of the process to its first answer that says it is ready. */
  readyMs: number;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

export interface SubjectProgram {
  name: SubjectName;
  /** The file that is run. */
  entry: string;
  port: number;
  env: Record<string, string>;
  /** Answers 2xx as soon as the server can do its work. */
  readyPath: string;
}

const usage = z.object({
  /** All threads, user and system. */
  cpuMicros: z.number(),
  mainThreadMicros: z.number(),
  rssBytes: z.number(),
});

export type Usage = z.output<typeof usage>;

const PROBE = fileURLToPath(new URL('./usage-probe.mjs', import.meta.url));
const POLL_MS = 5;
const STOP_TIMEOUT_MS = 5_000;

/** Starts the program and waits until it is ready; on failure it is ended, and its last words are in the error. */
export async function startSubject(program: SubjectProgram): Promise<Subject> {
  const { name, port, readyPath } = program;
  const origin = `http://127.0.0.1:${port}`;
  const startedAt = performance.now();
  const child = launch(program);
  const lastWords = listenTo(child);
  try {
    await readiness(child, `${origin}${readyPath}`);
  } catch (cause) {
    await stop(child);
    throw new Error(`${name} did not become ready: ${lastWords()}`, { cause });
  }
  const readyMs = performance.now() - startedAt;
  return { name, origin, readyMs, usage: () => askUsage(child), stop: () => stop(child) };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}

function launch({ entry, port, env }: SubjectProgram): ChildProcess {
  return spawn(process.execPath, ['--import', PROBE, entry], {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', PORT: `${port}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

function listenTo({ stdout, stderr }: ChildProcess): () => string {
  let text = '';
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-4_000);
  };
  stdout?.on('data', keep);
  stderr?.on('data', keep);
  return () => text;
}

async function readiness(child: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (hasEnded(child)) throw new Error('it ended');
    if (await isReady(url)) return;
    await sleep(POLL_MS);
  }
  throw new Error('it took too long');
}

async function isReady(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(url);
    await body.dump();
    return statusCode >= 200 && statusCode < 300;
  } catch {
    return false; // It does not listen yet.
  }
}

async function askUsage(child: ChildProcess): Promise<Usage> {
  const answer = once(child, 'message');
  child.send('usage');
  const [message] = await answer;
  return usage.parse(message);
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(force);
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) =>
  exitCode !== null || signalCode !== null;
