// For load balancers: /livez says that the process runs and touches nothing, /readyz that it can do its work.
import type { Middleware } from 'koa';
import { isDiskFull, type Readiness } from '../operations/readiness.ts';
import type { Db } from '../storage/database.ts';

const PATIENCE_MS = 1_000;

interface Deps {
  db: Pick<Db, 'installation'>;
  readiness: Readiness;
  isDatabaseFileInPlace: () => boolean;
}

/** No router: every request passes here, and nearly none is for these two. */
export function healthRoutes({ db, readiness, isDatabaseFileInPlace }: Deps): Middleware {
  const isDatabaseThere = databaseProbe(db);

  async function obstacle(): Promise<string | undefined> {
    if (readiness.stopping) return 'stopping';
    if (isDiskFull(readiness)) return 'disk-full';
    if (!isDatabaseFileInPlace()) return 'database-file';
    return (await isDatabaseThere()) ? undefined : 'database';
  }

  const readyz: Middleware = async (ctx) => {
    const reason = await obstacle();
    if (!reason) {
      ctx.body = { status: 'ready' };
      return;
    }
    ctx.status = 503;
    ctx.set('Retry-After', '2');
    ctx.body = { status: 'not ready', reason };
  };

  return (ctx, next) => {
    if (ctx.path === '/readyz') return readyz(ctx, next);
    if (ctx.path !== '/livez') return next();
    ctx.body = { status: 'alive' };
    return undefined;
  };
}

/**
 * One trivial query, given a second; only one at a time, so that probes don't pile up before a database that hangs.
 * Why it failed is in the log of the requests that needed it.
 */
function databaseProbe(db: Deps['db']): () => Promise<boolean> {
  let asking: Promise<boolean> | undefined;
  const ask = () =>
    db.installation
      .findFirst({ select: { id: true } })
      .then(() => true)
      .catch(() => false)
      .finally(() => {
        asking = undefined;
      });

  return async () => {
    asking ??= ask();
    return withinPatience(asking);
  };
}

async function withinPatience(answer: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, false);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
