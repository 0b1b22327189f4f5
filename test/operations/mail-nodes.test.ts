// Mail as an installation sends it: two processes on one database, one of which may die.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { transact } from '../../src/storage/database.ts';
import { get } from '../support/http.ts';
import { MAILS } from '../support/mail-samples.ts';
import { type Nodes, startNodes, stop } from '../support/nodes.ts';
import { type MailServer, startMailServer, until } from '../support/smtp.ts';

const notice = MAILS['credential-changed'];

let server: MailServer;
let nodes: Nodes;

beforeAll(async () => {
  server = await startMailServer();
  nodes = await startNodes(2, { SMTP_URL: server.url, MAIL_FROM: 'Example <id@example.com>' });
}, 60_000);

afterAll(async () => {
  await nodes.close();
  await server.close();
});

test('what one process queues, others send: each mail once, also when a node dies', async () => {
  const { db, mail } = nodes.services;
  server.refuse.address = 'nobody@example.com';
  await transact(db, async (tx) => {
    await mail.queue(tx, { ...notice, to: 'nobody@example.com' });
    for (let i = 0; i < 60; i++) {
      await mail.queue(tx, { ...notice, to: `person-${i}@example.com` });
    }
  });
  await until(() => server.received.length > 0);
  const [first, second] = nodes.nodes;
  if (first) await stop(first.child, 'SIGKILL');
  // What the dead node had claimed, three at most, waits for its claim to end; the other node sends all else.
  await until(() => server.received.length >= 57);
  await until(async () => (await db.mail.count({ where: { dueAt: { lte: new Date() } } })) === 0);

  const recipients = server.received.flatMap(({ to }) => to);
  expect(new Set(recipients).size).toBe(recipients.length);
  expect(server.received[0]?.raw).toContain('From: Example <id@example.com>');

  const { host } = new URL(nodes.issuer);
  const metrics = await get(`http://127.0.0.1:${second?.port}/metrics`, { host });
  expect(metrics.text).toMatch(/latchkey_mails_waiting \d/);
  expect(metrics.text).toMatch(/latchkey_mails_failed \d/);
  expect(metrics.text).toMatch(/latchkey_mails_oldest_seconds \d/);
}, 60_000);
