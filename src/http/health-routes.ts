// For load balancers: /livez says that the process runs, /readyz that it can do its work.
import { Router } from '@koa/router';
import type { Readiness } from '../operations/readiness.ts';
import type { Database } from '../storage/database.ts';

const PATIENCE_MILLISECONDS = 1000;

interface Deps {
  db: Database;
  readiness: Readiness;
}

export function healthRoutes({ db, readiness }: Deps): Router {
  const router = new Router();

  router.get('/livez', (ctx) => {
    ctx.body = { status: 'alive' };
  });

  router.get('/readyz', async (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    const reason = readiness.stopping ? 'stopping' : await databaseFault(db);
    ctx.status = reason ? 503 : 200;
    if (reason) ctx.set('Retry-After', '2');
    ctx.body = reason ? { status: 'not ready', reason } : { status: 'ready' };
  });

  return router;
}

/** One trivial query, given a second. Why it failed is in the log of the requests that needed it. */
async function databaseFault(db: Database): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MILLISECONDS, 'database');
  });
  const asked = db.installation
    .findFirst({ select: { id: true } })
    .then(() => undefined)
    .catch(() => 'database');
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}
