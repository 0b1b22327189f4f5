import { Router } from '@koa/router';
import type { Config } from '../config.ts';
import { render } from '../http/render.ts';
import { isSetupPending } from '../identity/setup/setup.ts';
import type { Database } from '../storage/database.ts';

interface Deps {
  config: Config;
  db: Database;
}

/** What stands at the root: who this is, and where to go. */
export function homeRoutes({ config, db }: Deps): Router {
  const router = new Router();
  router.get('/', async (ctx) => {
    render(ctx, 'home/home', {
      issuer: config.issuer,
      setupPending: await isSetupPending({ db }),
      ...(config.developmentPages && { playground: '/playground' }),
      ...(config.mailbox && { mailbox: '/dev/mail' }),
    });
  });
  return router;
}
