import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createLogger } from '../../src/operations/log.ts';
import { ensureSigningKeys } from '../../src/protocol/keys/signing-keys.ts';
import { startJobs } from '../../src/server/background.ts';
import { openServices, type Services } from '../../src/services.ts';
import { transact } from '../../src/storage/database.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { MAILS } from '../support/mail-samples.ts';
import { type MailServer, startMailServer, until } from '../support/smtp.ts';

let server: MailServer;
let database: TestDatabase;
let services: Services;
let lines: string[];

beforeEach(async () => {
  server = await startMailServer();
  database = await emptyDatabase({ SMTP_URL: server.url, MAIL_FROM: 'id@example.com' });
  lines = [];
  const log = createLogger({ logLevel: 'info' }, { write: (line) => void lines.push(line) });
  services = await openServices(database.config, { log });
});

afterEach(async () => {
  await services.close();
  await database.dispose();
  await server.close();
});

test('a mail leaves as soon as its act is committed, long before the next turn of the job', async () => {
  const jobs = startJobs(services);
  await transact(services.db, (tx) => services.mail.queue(tx, MAILS['credential-changed']));
  const committedAt = performance.now();
  await until(() => server.received.length === 1);
  expect(performance.now() - committedAt).toBeLessThan(5_000);
  await jobs.stop();
  expect(lines.join('')).toContain('mail sent');
});

test('when it cannot be sent for a fault of ours, the log says so and the mail waits', async () => {
  const config = {
    ...services.config,
    smtpUrl: server.url.replace('//', '//latch@'),
    smtpPasswordFile: '/nowhere/password',
  };
  const jobs = startJobs({ ...services, config });
  await services.mail.queue(services.db, MAILS['credential-changed']);
  await until(() => lines.join('').includes('mail could not be sent'));
  await jobs.stop();
  expect(await services.db.mail.count({ where: { dueAt: { not: null }, attempts: 0 } })).toBe(1);
});

test('applications are told what is written down for them, and what is for nobody goes', async () => {
  await ensureSigningKeys(services);
  const notices = () => services.db.logoutNotice.count();
  await services.db.logoutNotice.create({ data: { clientId: 'gone', userId: 'alice' } });
  const jobs = startJobs(services);
  for (let i = 0; i < 100 && (await notices()) > 0; i++) await sleep(100);
  await jobs.stop();
  expect(await notices()).toBe(0);
}, 15_000);
