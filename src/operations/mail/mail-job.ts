// The outbox's safety net: what a node left behind when it died, or could not send when it was queued, is sent by
// whichever node comes first. And the eyes on it: how much waits, and since when.
import type { Clock } from '../../foundation/clock.ts';
import type { Db } from '../../storage/database.ts';
import type { Job } from '../jobs/scheduler.ts';
import { setMailBacklog } from '../metrics.ts';
import type { Delivery } from './mail-delivery.ts';
import { readBacklog } from './mail-store.ts';

const EVERY_SECONDS = 10;

interface Deps {
  db: Db;
  clock: Clock;
}

/** @param delivery absent where there is no mail server */
export function mailJob(deps: Deps, delivery: Pick<Delivery, 'run'> | undefined): Job {
  return {
    name: 'mail',
    everySeconds: EVERY_SECONDS,
    async run() {
      try {
        await delivery?.run();
      } finally {
        await showBacklog(deps);
      }
    },
  };
}

async function showBacklog({ db, clock }: Deps): Promise<void> {
  const { waiting, failed, oldest } = await readBacklog(db);
  const ageMs = oldest ? clock.now().getTime() - oldest.getTime() : 0;
  setMailBacklog({ waiting, failed, oldestSeconds: Math.max(0, ageMs / 1000) });
}
