// A small application of the given middleware on a free port, and two ways to ask it: with node:http, which lets a test
// set any header, and with bytes as they are.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import Koa, { type Middleware } from 'koa';
import { createLogger } from '../../src/operations/log.ts';

export interface Asked {
  method?: string;
  path?: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
}

export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface ListeningApp {
  port: number;
  ask(asked?: Asked): Promise<Answered>;
  /** Sends the lines, each with its CRLF, and answers all that came until the server closed the connection. */
  raw(lines: string[]): Promise<string>;
  close(): Promise<void>;
}

export async function listeningApp(...middleware: Middleware[]): Promise<ListeningApp> {
  const app = new Koa({ proxy: true });
  app.silent = true;
  for (const one of middleware) app.use(one);
  const handle = app.callback();
  const server = createServer((req, res) => void handle(req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    ask: (asked = {}) => ask(port, asked),
    raw: (lines) => raw(port, lines),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A logger whose lines can be looked at. */
export function recordedLog(logLevel: 'debug' | 'info' = 'info') {
  const lines: string[] = [];
  const log = createLogger({ logLevel }, { write: (line: string) => void lines.push(line) });
  return { log, lines, records: () => lines.map((line) => JSON.parse(line)) };
}

export async function ask(
  port: number,
  { method = 'GET', path = '/', headers = {}, body }: Asked,
): Promise<Answered> {
  const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
  sent.end(body);
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, headers: response.headers, text };
}

async function raw(port: number, lines: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(lines.map((line) => `${line}\r\n`).join(''));
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}
