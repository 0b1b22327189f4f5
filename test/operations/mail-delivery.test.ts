// The outbox on both engines, with a mail server that can refuse and be away.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { mailComposer } from '../../src/http/compose-mail.ts';
import { listMails, retryMails } from '../../src/operations/mail/kept-mails.ts';
import {
  CLAIM_SECONDS,
  createDelivery,
  type DeliveryDeps,
} from '../../src/operations/mail/mail-delivery.ts';
import type { MailRequest } from '../../src/operations/mail/mail-kinds.ts';
import { createOutbox, type Outbox } from '../../src/operations/mail/outbox.ts';
import { readMetrics } from '../../src/operations/metrics.ts';
import { openSmtpTransport } from '../../src/operations/mail/smtp-transport.ts';
import { connectDatabase, type Database, transact } from '../../src/storage/database.ts';
import { clockAt } from '../support/clock.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { MAILS } from '../support/mail-samples.ts';
import { type MailServer, startMailServer, until } from '../support/smtp.ts';

const mailKey = Buffer.alloc(32, 7);
const START = '2026-01-31T12:00:00.000Z';
const notice = MAILS['credential-changed'];
const code = MAILS['magic-link'];

let database: TestDatabase;
let second: Database;
let server: MailServer;
let clock = clockAt(START);
let logged: unknown[];
let outbox: Outbox;

beforeAll(async () => {
  database = await emptyDatabase();
  second = await connectDatabase(database.config);
});

beforeEach(async () => {
  server = await startMailServer();
  clock = clockAt(START);
  logged = [];
  outbox = openOutbox();
  await database.db.mail.deleteMany();
});

afterEach(() => server.close());

afterAll(async () => {
  await second.$disconnect();
  await database.dispose();
});

test('a mail leaves when its act is committed, and its content is kept no longer', async () => {
  const delivery = node();
  outbox.onQueued(() => void delivery.run());
  await transact(database.db, async (tx) => {
    await outbox.queue(tx, code);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.attempts()).toBe(0);
  });
  await until(() => server.received.length === 1);
  await delivery.stop();

  const [mail] = server.received;
  expect(mail).toMatchObject({ from: 'no-reply@id.example.com', to: ['alice@example.com'] });
  expect(mail?.raw).toContain('Subject: Your sign-in link\r\n');
  expect(mail?.raw).toContain('493021');
  const [row] = await database.db.mail.findMany();
  expect(row).toMatchObject({ sealedContent: null, dueAt: null, fault: null, attempts: 1 });
  expect(row?.sentAt).toEqual(new Date(START));
  expect((await readMetrics()).text).toContain('latchkey_mails_total{outcome="sent"} 1');
});

test('what is rolled back sends nothing', async () => {
  let told = 0;
  outbox.onQueued(() => {
    told += 1;
  });
  const failing = transact(database.db, async (tx) => {
    await outbox.queue(tx, code);
    throw new Error('changed my mind');
  });
  await expect(failing).rejects.toThrow('changed my mind');

  await node().run();
  expect([told, server.attempts()]).toEqual([0, 0]);
});

test('outside of a transaction it leaves at once', async () => {
  let told = 0;
  outbox.onQueued(() => {
    told += 1;
  });
  await outbox.queue(database.db, code);
  expect(told).toBe(1);
});

test('of two nodes that see the same mails, each mail is sent by one', async () => {
  for (let i = 0; i < 40; i++) {
    await outbox.queue(database.db, { ...notice, to: `person-${i}@example.com` });
  }
  await Promise.all([node().run(), node({ db: second }).run(), node({ db: second }).run()]);

  const recipients = server.received.flatMap(({ to }) => to);
  expect(recipients).toHaveLength(40);
  expect(new Set(recipients).size).toBe(40);
  expect(await listMails(database, { state: 'waiting', limit: 100 })).toEqual([]);
});

test('while the server is away nothing is lost; it goes out, later and later, when it is back', async () => {
  const { port } = new URL(server.url);
  await server.close();
  await outbox.queue(database.db, notice);
  await outbox.queue(database.db, notice);
  const delivery = node();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 4; attempt++) {
    await delivery.run();
    const { dueAt } = await database.db.mail.findFirstOrThrow({ orderBy: { dueAt: 'desc' } });
    waits.push((dueAt?.getTime() ?? 0) - clock.now().getTime());
    clock.advance(Math.max(...waits) / 1000 + 1);
  }
  expect(waits.every((wait, i) => i === 0 || wait > (waits[i - 1] ?? 0))).toBe(true);
  expect(await listMails(database, { limit: 9 })).toMatchObject([
    { state: 'waiting', fault: expect.stringContaining('ECONNREFUSED') },
    { state: 'waiting' },
  ]);

  server = await startMailServer({ port: Number(port) });
  await delivery.run();
  clock.advance(3600);
  await delivery.run();
  expect(server.received).toHaveLength(2);
});

test('an outage is found out with a few mails; the others keep their turn', async () => {
  await server.close();
  for (let i = 0; i < 20; i++) await outbox.queue(database.db, notice);
  await node().run();
  expect(await database.db.mail.count({ where: { attempts: 0, dueAt: new Date(START) } })).toBe(17);
});

test.each(['recipient', 'message'] as const)(
  'a %s that the server refuses for good is not tried again, until the operator says so',
  async (what) => {
    server.refuse[what] = 550;
    const id = await outbox.queue(database.db, notice);
    await node().run();
    clock.advance(86_400);
    await node().run();
    expect(server.attempts()).toBe(1);
    expect(await listMails(database, { state: 'failed', limit: 9 })).toMatchObject([
      { id, attempts: 1, fault: expect.stringContaining('550') },
    ]);

    delete server.refuse[what];
    expect(await retryMails({ ...database, clock }, id)).toBe(1);
    await node().run();
    expect(server.received).toHaveLength(1);
    await expect(retryMails({ ...database, clock }, id)).rejects.toMatchObject({
      code: 'mail_not_failed',
    });
  },
);

test('a refusal for now is tried again for two days, then given up and kept', async () => {
  server.refuse.recipient = 451;
  await outbox.queue(database.db, notice);
  let hours = 0;
  for (; hours < 72; hours++) {
    await node().run();
    if ((await listMails(database, { state: 'failed', limit: 1 })).length > 0) break;
    clock.advance(3600);
  }
  expect(hours).toBeGreaterThan(40);
  expect(hours).toBeLessThan(49);
  const [row] = await database.db.mail.findMany();
  expect(row).toMatchObject({ dueAt: null, sealedContent: expect.any(String) });
  expect(await retryMails({ ...database, clock })).toBe(1);
});

test('a mail whose code has expired is not sent, nor retried', async () => {
  server.refuse.recipient = 451;
  const id = await outbox.queue(database.db, code);
  await node().run();
  clock.advance(601);
  delete server.refuse.recipient;
  await node().run();
  expect(server.received).toEqual([]);
  const [row] = await database.db.mail.findMany();
  expect(row).toMatchObject({ dueAt: null, sealedContent: null, fault: 'expired' });
  await expect(retryMails({ ...database, clock }, id)).rejects.toMatchObject({
    code: 'mail_not_failed',
  });
});

test('a node that dies between claim and sending loses nothing: another takes over', async () => {
  await outbox.queue(database.db, notice);
  let begun = false;
  const hangs = { send: () => new Promise<void>(() => (begun = true)), close: () => undefined };
  void node({ openTransport: async () => hangs }).run();
  await until(() => begun);

  await node({ db: second }).run();
  clock.advance(CLAIM_SECONDS - 1);
  await node({ db: second }).run();
  expect(server.received).toHaveLength(0);

  clock.advance(2);
  await node({ db: second }).run();
  expect(server.received).toHaveLength(1);
});

test('a node that comes back after its claim has ended changes nothing', async () => {
  await outbox.queue(database.db, notice);
  let fail: ((error: Error) => void) | undefined;
  const slow = {
    send: () => new Promise<void>((_, reject) => (fail = reject)),
    close: () => undefined,
  };
  const late = node({ openTransport: async () => slow }).run();
  await until(() => fail !== undefined);
  clock.advance(CLAIM_SECONDS + 1);
  await node({ db: second }).run();
  fail?.(new Error('too late'));
  await late;

  expect(await listMails(database, { limit: 1 })).toMatchObject([{ state: 'sent', fault: null }]);
});

test('one refused recipient does not keep the others waiting', async () => {
  await outbox.queue(database.db, { ...notice, to: 'nobody@example.com' });
  await outbox.queue(database.db, notice);
  const { send, close } = await transport();
  const picky = {
    send: async (mail: Parameters<typeof send>[0]) => {
      if (mail.to.startsWith('nobody')) {
        throw Object.assign(new Error('550'), { command: 'RCPT TO', responseCode: 550 });
      }
      await send(mail);
    },
    close: () => undefined,
  };
  await node({ openTransport: async () => picky }).run();
  close();
  expect(server.received).toHaveLength(1);
});

test('a connection that breaks while the server may have the mail is not tried twice at once', async () => {
  server.ending = 'broken';
  await outbox.queue(database.db, notice);
  await node().run();
  expect(server.attempts()).toBe(1);
  expect(await listMails(database, { limit: 9 })).toMatchObject([
    { state: 'waiting', attempts: 1 },
  ]);
});

test('a server that hangs up before it greets is asked once a turn', async () => {
  let connections = 0;
  const mute = createServer((socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(mute, 'listening');
  await outbox.queue(database.db, notice);
  const { port } = mute.address() as AddressInfo;
  await node({ openTransport: () => transport(`smtp://127.0.0.1:${port}`) }).run();
  mute.close();
  expect(connections).toBe(1);
  expect(await listMails(database, { limit: 9 })).toMatchObject([
    { state: 'waiting', attempts: 1 },
  ]);
});

test('stopping waits for a mail under way, but not for ever', async () => {
  server.ending = 'silence';
  await outbox.queue(database.db, notice);
  const delivery = node({ stopSeconds: 0.2 });
  const running = delivery.run();
  await until(() => server.attempts() === 1);
  const stoppedAt = performance.now();
  await delivery.stop();
  await running;
  expect(performance.now() - stoppedAt).toBeLessThan(10_000);
  expect(await listMails(database, { limit: 9 })).toMatchObject([
    { state: 'waiting', attempts: 1 },
  ]);
});

test('at rest there is no code, link or text; and no row opens as another', async () => {
  const id = await outbox.queue(database.db, code);
  await outbox.queue(database.db, MAILS['magic-link']);
  const rows = JSON.stringify(await database.db.mail.findMany());
  expect(rows).not.toMatch(/493021|token|Enter this code/);

  await database.db.mail.update({ where: { id }, data: { recipient: 'mallory@example.com' } });
  await node().run();
  expect(server.received.map(({ to }) => to)).toEqual([['alice@example.com']]);
  expect(await listMails(database, { state: 'failed', limit: 9 })).toMatchObject([
    { id, fault: 'its content was altered' },
  ]);
});

test('the log names mails by their ids, and holds no recipient, code or link', async () => {
  const id = await outbox.queue(database.db, code);
  await node().run();
  expect(logged).toEqual([expect.objectContaining({ mail: id, outcome: 'sent' })]);
  expect(JSON.stringify(logged)).not.toMatch(/alice|493021/);
});

test('with a person go their mails', async () => {
  await database.db.user.create({ data: { id: 'alice', login: 'alice' } });
  await outbox.queue(database.db, { ...notice, userId: 'alice' });
  await database.db.user.delete({ where: { id: 'alice' } });
  expect(await database.db.mail.count()).toBe(0);
});

test('without a mail server, mail is kept and the log says so', async () => {
  const away = openOutbox({ smtpUrl: undefined });
  expect([away.available, outbox.available]).toEqual([false, true]);
  expect(openOutbox({ smtpUrl: undefined, mailbox: true }).available).toBe(true);
  await away.queue(database.db, notice);
  expect(logged).toHaveLength(1);
  expect(await listMails(database, { state: 'waiting', limit: 9 })).toHaveLength(1);
});

test('no mail is queued for an address that would be two, or a header', async () => {
  const to = 'alice@example.com\r\nBcc: mallory@example.com';
  await expect(outbox.queue(database.db, { ...notice, to })).rejects.toMatchObject({
    code: 'mail_address_malformed',
  });
  expect(await database.db.mail.count()).toBe(0);
});

test('nothing in a mail becomes a header or a second recipient', async () => {
  const injected = 'Bob\r\nBcc: mallory@example.com\r\nX-Evil: 1\r\n\r\nBody';
  const request: MailRequest = {
    ...MAILS.invitation,
    data: { ...MAILS.invitation.data, inviter: injected },
  };
  await outbox.queue(database.db, request);
  const { send, close } = await transport();
  await send({ id: 'x', to: 'alice@example.com', subject: injected, text: 'x', html: 'x' });
  close();
  await node().run();

  expect(server.received).toHaveLength(2);
  for (const { to, raw } of server.received) {
    expect(to).toEqual(['alice@example.com']);
    const [headers = ''] = raw.split(/\r?\n\r?\n/);
    expect(headers).toContain('Subject:');
    expect(headers).not.toMatch(/^(bcc|x-evil|body)/im);
  }
});

test('a certificate that nobody vouches for is not accepted, a password is sent', async () => {
  const guarded = await startMailServer({ user: { name: 'latch', password: 'p:w/@' } });
  const own = await startMailServer({ secure: true });
  const good = guarded.url.replace('//', `//latch:${encodeURIComponent('p:w/@')}@`);
  for (const smtpUrl of [own.url, guarded.url.replace('//', '//latch:wrong@'), good]) {
    await outbox.queue(database.db, notice);
    await node({ openTransport: () => transport(smtpUrl) }).run();
    clock.advance(3600);
  }
  expect([own.received.length, guarded.received.length]).toEqual([0, 3]);
  await Promise.all([guarded.close(), own.close()]);
});

function openOutbox(config: Partial<Parameters<typeof createOutbox>[0]['config']> = {}): Outbox {
  return createOutbox({
    config: { smtpUrl: server.url, mailbox: false, ...config },
    clock,
    log: { warn: (...line: unknown[]) => void logged.push(line) },
    mailKey,
    composeMail: mailComposer({ issuer: 'https://id.example.com' }),
  });
}

function node(replace: Partial<DeliveryDeps> = {}) {
  const write = (fields: unknown) => void logged.push(fields);
  return createDelivery({
    db: database.db,
    clock,
    log: { info: write, warn: write },
    mailKey,
    openTransport: () => transport(),
    stopSeconds: 10,
    ...replace,
  });
}

function transport(smtpUrl = server.url) {
  const issuer = 'https://id.example.com';
  return openSmtpTransport({ ...database.config, smtpUrl, issuer });
}
