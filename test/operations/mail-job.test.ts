import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mailComposer } from '../../src/http/compose-mail.ts';
import { mailJob } from '../../src/operations/mail/mail-job.ts';
import { createOutbox } from '../../src/operations/mail/outbox.ts';
import { readMetrics } from '../../src/operations/metrics.ts';
import { clockAt } from '../support/clock.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { MAILS } from '../support/mail-samples.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await emptyDatabase();
});

afterAll(() => database.dispose());

test('the backlog is measured at each turn, also when sending fails and where there is no server', async () => {
  const clock = clockAt('2026-01-31T12:00:00Z');
  const outbox = createOutbox({
    config: database.config,
    clock,
    log: { warn: () => undefined },
    mailKey: Buffer.alloc(32),
    composeMail: mailComposer(database.config),
  });
  const deps = { ...database, clock };
  await mailJob(deps, undefined).run();
  expect(await backlog()).toEqual({ waiting: 0, failed: 0, oldest_seconds: 0 });

  await outbox.queue(database.db, MAILS['credential-changed']);
  clock.advance(90);
  const second = await outbox.queue(database.db, MAILS['credential-changed']);
  await database.db.mail.update({
    where: { id: second },
    data: { dueAt: null, failedAt: clock.now() },
  });
  const broken = { run: () => Promise.reject(new Error('no password file')) };
  await expect(mailJob(deps, broken).run()).rejects.toThrow('no password file');
  expect(await backlog()).toEqual({ waiting: 1, failed: 1, oldest_seconds: 90 });
});

async function backlog() {
  const { text } = await readMetrics();
  const gauges = text.matchAll(/^latchkey_mails_(waiting|failed|oldest_seconds) (\d+)$/gm);
  return Object.fromEntries([...gauges].map(([, name, value]) => [name, Number(value)]));
}
