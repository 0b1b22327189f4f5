import { Router } from '@koa/router';
import * as z from 'zod';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm } from '../http/input.ts';
import type { Languages } from '../http/languages.ts';
import { render } from '../http/render.ts';
import type { ClientRegistry } from '../protocol/clients/client-registry.ts';
import type { RememberedBrowserDeps } from '../identity/remembered-browsers/remembered-browsers.ts';
import { type DoorDeps, freshlySignedIn, signedIn } from './account-door-routes.ts';
import { pathOf } from './account-sections.ts';
import { exportAccount } from './data-export.ts';

export type DataRouteDeps = DoorDeps &
  RememberedBrowserDeps & {
    registry: ClientRegistry;
    languages: Languages;
  };

const PATH = pathOf('data');
const plainForm = z.object({ csrf: z.string().optional() });

/** All that is kept of a person, for them to take along (GDPR Art. 20). */
export function accountDataRoutes(deps: DataRouteDeps): Router {
  const router = new Router({ prefix: PATH });
  router.get(
    '/',
    signedIn(deps, (ctx) => {
      render(ctx, 'account/data', { action: `${PATH}/export`, csrf: csrfToken(ctx) });
    }),
  );
  router.post(
    '/export',
    freshlySignedIn(deps, async (ctx, { user }) => {
      assertNotForged(ctx, (await readForm(ctx, plainForm)).csrf);
      const data = await exportAccount(deps, user);
      ctx.attachment('latchkey-account.json');
      ctx.type = 'json';
      ctx.body = JSON.stringify(data, null, 2);
    }),
  );
  return router;
}
