// Two nodes of one installation: real processes on one database, one issuer, a port each.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { prepareInstallation } from '../../src/installation.ts';
import { openServices } from '../../src/services.ts';
import { emptyDatabase } from './database.ts';
import type { TestServer } from './server.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface Node {
  port: number;
  child: ChildProcess;
}

/** Like a test server, whose issuer is the first node. */
export interface Nodes extends Omit<TestServer, 'log' | 'setupUrl'> {
  nodes: Node[];
}

export async function startNodes(count: number, env: Record<string, string> = {}): Promise<Nodes> {
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const issuer = `http://127.0.0.1:${ports[0]}`;
  const settings = { ISSUER: issuer, HOST: '127.0.0.1', LOG_LEVEL: 'warn', ...env };
  const database = await emptyDatabase(settings);
  const services = await openServices(database.config, { log: pino({ level: 'silent' }) });
  await prepareInstallation(services);

  const nodes = await Promise.all(
    ports.map((port) => startNode(port, { ...settings, ...database.env })),
  );
  return {
    issuer,
    services,
    nodes,
    async close() {
      await Promise.all(nodes.map(({ child }) => stop(child)));
      await services.close();
      await database.dispose();
    },
  };
}

/** Starts one process and waits until it is ready. */
export async function startNode(port: number, env: Record<string, string>): Promise<Node> {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'] ?? '', ...env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) break;
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (answer?.ok) return { port, child };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`a node did not become ready: ${output}`);
}

export async function stop(
  child: ChildProcess,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  child.kill(signal);
  const [code] = await once(child, 'exit');
  return code;
}

interface Asked {
  path: string;
  /** Makes it a POST. */
  form?: Record<string, string>;
  headers?: Record<string, string>;
}

interface NodeAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Asks one node, under the issuer's host as a load balancer would. */
export function askNode(
  { port }: Node,
  issuer: string,
  { path, form, headers = {} }: Asked,
): Promise<NodeAnswer> {
  const body = form && new URLSearchParams(form).toString();
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: form ? 'POST' : 'GET',
        headers: {
          host: new URL(issuer).host,
          ...(body !== undefined && {
            'content-type': 'application/x-www-form-urlencoded',
            'content-length': Buffer.byteLength(body),
          }),
          ...headers,
        },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Posts a form to one node, and reads the JSON that it answers. */
export async function postToNode(
  node: Node,
  issuer: string,
  asked: Asked & { form: Record<string, string> },
): Promise<{ status: number; json: Record<string, string> }> {
  const { status, text } = await askNode(node, issuer, asked);
  return { status, json: text ? JSON.parse(text) : {} };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
