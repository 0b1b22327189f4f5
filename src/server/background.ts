import { accountDeletionJob } from '../identity/users/due-deletions.ts';
import { createScheduler, type Scheduler } from '../operations/jobs/scheduler.ts';
import { purgeJob } from '../operations/jobs/purge.ts';
import { logoutNoticeJob } from '../operations/logout-notices/logout-notice-job.ts';
import { createDelivery, type Delivery } from '../operations/mail/mail-delivery.ts';
import { mailJob } from '../operations/mail/mail-job.ts';
import { openSmtpTransport } from '../operations/mail/smtp-transport.ts';
import { keepSigningKeys } from '../protocol/keys/signing-keys.ts';
import { tellLogout } from '../protocol/sessions/logout-tokens.ts';
import type { Services } from '../services.ts';

const HOUR_SECONDS = 3600;

/** What every node does beside answering requests. */
export function startJobs(services: Services): Pick<Scheduler, 'stop'> {
  const scheduler = createScheduler(services);
  const delivery = services.config.smtpUrl === undefined ? undefined : startDelivery(services);
  scheduler.every(purgeJob(services));
  scheduler.every(accountDeletionJob(services));
  scheduler.every(mailJob(services, delivery));
  scheduler.every(
    logoutNoticeJob({ ...services, tellLogout: (ended) => tellLogout(services, ended) }),
  );
  scheduler.every({
    name: 'signing-keys',
    everySeconds: HOUR_SECONDS,
    run: () => keepSigningKeys(services, { rotationDays: services.config.signingKeyDays }),
  });
  return {
    stop: async () => {
      await Promise.all([scheduler.stop(), delivery?.stop()]);
    },
  };
}

/** From now on, mail that is queued in this process leaves at once. */
function startDelivery(services: Services): Delivery {
  const { config, log, mail } = services;
  const delivery = createDelivery({
    ...services,
    openTransport: () => openSmtpTransport(config),
    stopSeconds: config.shutdownSeconds,
  });
  mail.onQueued(() => {
    delivery.run().catch((error: unknown) => {
      log.error({ err: error }, 'mail could not be sent; it is tried again');
    });
  });
  return delivery;
}
