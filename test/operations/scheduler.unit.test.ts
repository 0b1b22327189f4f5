import { expect, test } from '@jest/globals';
import { createScheduler } from '../../src/operations/jobs/scheduler.ts';

const quiet = { debug: () => undefined, error: () => undefined };
const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test('a job runs again and again, never twice at once', async () => {
  const scheduler = createScheduler({ log: quiet });
  let runs = 0;
  let atOnce = 0;
  let mostAtOnce = 0;
  scheduler.every({
    name: 'slow',
    everySeconds: 0.01,
    run: async () => {
      runs += 1;
      atOnce += 1;
      mostAtOnce = Math.max(mostAtOnce, atOnce);
      await later(30);
      atOnce -= 1;
    },
  });
  await later(300);
  await scheduler.stop();
  expect(runs).toBeGreaterThan(2);
  expect(mostAtOnce).toBe(1);
});

test('a job that fails is logged and runs again', async () => {
  const failures: unknown[] = [];
  const scheduler = createScheduler({
    log: { ...quiet, error: (fields: unknown) => void failures.push(fields) },
  });
  scheduler.every({
    name: 'broken',
    everySeconds: 0.01,
    run: () => {
      throw new Error('no luck');
    },
  });
  await later(200);
  await scheduler.stop();
  expect(failures.length).toBeGreaterThan(1);
  expect(failures[0]).toMatchObject({ job: 'broken', err: { message: 'no luck' } });
});

test('stopping waits for what runs and begins nothing', async () => {
  const scheduler = createScheduler({ log: quiet });
  let [begun, ended] = [0, 0];
  scheduler.every({
    name: 'long',
    everySeconds: 0.01,
    run: async () => {
      begun += 1;
      await later(100);
      ended += 1;
    },
  });
  await later(50);
  await scheduler.stop();
  expect([begun, ended]).toEqual([1, 1]);
  await later(50);
  expect(begun).toBe(1);
});
