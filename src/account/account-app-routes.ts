import { Router } from '@koa/router';
import * as z from 'zod';
import type { AppCard } from '../http/account-views.ts';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm, readParams } from '../http/input.ts';
import type { Language } from '../http/language.ts';
import { toMoment } from '../http/moments.ts';
import { render } from '../http/render.ts';
import { languageOf } from '../http/request-language.ts';
import type { ClientRegistry } from '../protocol/clients/client-registry.ts';
import { revokeConsent } from '../protocol/grants/consents.ts';
import { type DoorDeps, seeOther, signedIn } from './account-door-routes.ts';
import { pathOf } from './account-sections.ts';
import { type AppWithAccess, listAppsWithAccess } from './apps-with-access.ts';

export type AppRouteDeps = DoorDeps & { registry: ClientRegistry };

const PATH = pathOf('apps');
const plainForm = z.object({ csrf: z.string().optional() });
const existing = z.object({ id: z.uuid() });

/** What the person allowed which application, and taking it back. */
export function accountAppRoutes(deps: AppRouteDeps): Router {
  const router = new Router({ prefix: PATH });

  router.get(
    '/',
    signedIn(deps, async (ctx, { user }) => {
      const language = languageOf(ctx);
      const apps = await listAppsWithAccess(deps, user.id, language);
      render(ctx, 'account/apps', {
        csrf: csrfToken(ctx),
        apps: apps.map((app) => toCard(app, language)),
      });
    }),
  );
  router.post(
    '/:id/revocation',
    signedIn(deps, async (ctx, { user }) => {
      const { id: consentId } = readParams(ctx, existing);
      assertNotForged(ctx, (await readForm(ctx, plainForm)).csrf);
      await revokeConsent(deps, { consentId, userId: user.id }, { type: 'user', id: user.id });
      seeOther(ctx, PATH);
    }),
  );
  return router;
}

function toCard(
  { consentId, name, permissions, since, lastUsed }: AppWithAccess,
  language: Language,
): AppCard {
  return {
    id: `app-${consentId}`,
    name,
    permissions,
    since: toMoment(since, language),
    lastUsed: toMoment(lastUsed, language),
    action: `${PATH}/${consentId}/revocation`,
  };
}
