// A mail server of the tests: takes what it is given, refuses what it is told to, and can be away.
import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { FIRST } from '../server/certificates.ts';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** The message as it came, headers and all. */
  raw: string;
}

export interface MailServer {
  url: string;
  received: ReceivedMail[];
  /** Attempts at a recipient or a message, refused ones too. */
  attempts: () => number;
  /** From now on, what each of these commands is answered with; nothing for yes. */
  refuse: { recipient?: number; message?: number; address?: string };
  /** What becomes of a message that came whole: it is taken, or the connection breaks, or nothing happens. */
  ending: 'taken' | 'broken' | 'silence';
  close(): Promise<void>;
}

interface Envelope {
  mailFrom: false | { address: string };
  rcptTo: { address: string }[];
}

interface Wish {
  port?: number;
  /** TLS from the start, with a certificate that nobody vouches for. */
  secure?: boolean;
  user?: { name: string; password: string };
}

export async function startMailServer({
  port = 0,
  secure = false,
  user,
}: Wish = {}): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const refuse: MailServer['refuse'] = {};
  let attempts = 0;
  const server = new SMTPServer({
    secure,
    ...(secure && FIRST),
    authOptional: !user,
    allowInsecureAuth: true,
    logger: false,
    onAuth: ({ username, password }, _session, done) =>
      username === user?.name && password === user?.password
        ? done(null, { user: username })
        : done(refusal(535)),
    onRcptTo({ address }, _session, done) {
      attempts += 1;
      if (address === refuse.address) done(refusal(550));
      else done(refuse.recipient ? refusal(refuse.recipient) : null);
    },
    onData(stream, { envelope }, done) {
      void receive(stream, envelope, done);
    },
  });

  async function receive(stream: Readable, envelope: Envelope, done: (error?: Error) => void) {
    const raw = await text(stream).catch(() => undefined);
    if (raw === undefined) return; // a client that left half-way
    if (refuse.message) return done(refusal(refuse.message));
    if (mailServer.ending === 'broken') return breakOff(sockets);
    if (mailServer.ending === 'silence') return;

    const from = envelope.mailFrom ? envelope.mailFrom.address : '';
    received.push({ from, to: envelope.rcptTo.map(({ address }) => address), raw });
    done();
  }

  server.on('error', () => undefined); // a client that leaves is no failure of the tests
  const listening: Server = server.listen(port, '127.0.0.1');
  const sockets = new Set<Socket>();
  listening.on('connection', (socket: Socket) => sockets.add(socket));
  await once(listening, 'listening');
  const at = (listening.address() as AddressInfo).port;
  const mailServer: MailServer = {
    ending: 'taken',
    url: `${secure ? 'smtps' : 'smtp'}://127.0.0.1:${at}`,
    received,
    attempts: () => attempts,
    refuse,
    close: () => {
      breakOff(sockets);
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
  return mailServer;
}

/** As a cable does: nothing is said. */
function breakOff(sockets: Set<Socket>): void {
  for (const socket of sockets) socket.destroy();
}

function refusal(responseCode: number): Error {
  return Object.assign(new Error('Not here'), { responseCode });
}

/** Waits until it is so, half a minute at most. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1500; attempt++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('It did not become so.');
}
