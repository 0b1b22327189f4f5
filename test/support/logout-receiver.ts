// An application's back-channel logout endpoint: what it was told, in the order in which it was.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { sendLogoutNotices } from '../../src/operations/logout-notices/logout-notice-job.ts';
import { tellLogout } from '../../src/protocol/sessions/logout-tokens.ts';
import type { TestServer } from './server.ts';

export interface LogoutReceiver {
  uri: string;
  /** The logout tokens that came. */
  tokens: string[];
  /** What it answers from now on. */
  answerWith: (status: number) => void;
  close(): Promise<void>;
}

export async function openLogoutReceiver(): Promise<LogoutReceiver> {
  const tokens: string[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    void receive(request).then(() => response.writeHead(status).end());
  });
  async function receive(request: IncomingMessage) {
    tokens.push(new URLSearchParams(await text(request)).get('logout_token') ?? '');
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/logout`,
    tokens,
    answerWith: (next) => {
      status = next;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One turn of the job, which a test server does not run by itself. */
export function sendNotices({ services }: Pick<TestServer, 'services'>) {
  return sendLogoutNotices({ ...services, tellLogout: (ended) => tellLogout(services, ended) });
}
