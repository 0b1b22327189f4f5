import { createScheduler, type Scheduler } from '../operations/jobs/scheduler.ts';
import { purgeJob } from '../operations/jobs/purge.ts';
import { keepSigningKeys } from '../protocol/keys/signing-keys.ts';
import type { Services } from '../services.ts';

const HOUR_SECONDS = 3600;

/** What every node does beside answering requests. */
export function startJobs(services: Services): Scheduler {
  const scheduler = createScheduler(services);
  scheduler.every(purgeJob(services));
  scheduler.every({
    name: 'signing-keys',
    everySeconds: HOUR_SECONDS,
    run: () => keepSigningKeys(services, { rotationDays: services.config.signingKeyDays }),
  });
  return scheduler;
}
