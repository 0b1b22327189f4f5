import { Router } from '@koa/router';
import * as z from 'zod';
import type { SessionCard } from '../http/account-views.ts';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm, readParams } from '../http/input.ts';
import { toMoment } from '../http/moments.ts';
import { render } from '../http/render.ts';
import type { Logger } from '../operations/log.ts';
import { tellLogout } from '../protocol/sessions/logout-tokens.ts';
import {
  endOtherSessions,
  endOwnSession,
  listOwnSessions,
  type OwnSession,
} from '../protocol/sessions/own-sessions.ts';
import { type DoorDeps, seeOther, signedIn } from './account-door-routes.ts';
import { pathOf } from './account-sections.ts';

export type SessionRouteDeps = DoorDeps & { log: Pick<Logger, 'warn'> };

const PATH = pathOf('sessions');
const plainForm = z.object({ csrf: z.string().optional() });
const existing = z.object({ uid: z.string().regex(/^[\w-]{1,64}$/) });

/** Where the person is signed in, and the ways to end that. */
export function accountSessionRoutes(services: SessionRouteDeps): Router {
  const deps = {
    ...services,
    tellLogout: (ended: Parameters<typeof tellLogout>[1]) => tellLogout(services, ended),
  };
  const router = new Router({ prefix: PATH });

  router.get(
    '/',
    signedIn(deps, async (ctx, { user, session }) => {
      const sessions = await listOwnSessions(deps, user.id);
      render(ctx, 'account/sessions', {
        action: `${PATH}/revocation`,
        csrf: csrfToken(ctx),
        sessions: sessions.map((one) => toCard(one, session.uid)),
      });
    }),
  );
  router.post(
    '/revocation',
    signedIn(deps, async (ctx, { user, session }) => {
      assertNotForged(ctx, (await readForm(ctx, plainForm)).csrf);
      await endOtherSessions(deps, { userId: user.id, keptUid: session.uid });
      seeOther(ctx, PATH);
    }),
  );
  router.post(
    '/:uid/revocation',
    signedIn(deps, async (ctx, { user }) => {
      const { uid } = readParams(ctx, existing);
      assertNotForged(ctx, (await readForm(ctx, plainForm)).csrf);
      await endOwnSession(deps, { userId: user.id, uid });
      seeOther(ctx, PATH);
    }),
  );
  return router;
}

function toCard(
  { uid, browser, address, signedInAt, lastUsedAt }: OwnSession,
  currentUid: string,
): SessionCard {
  return {
    id: `session-${uid}`,
    browser: browser ?? 'Unknown browser',
    address: address ?? 'Unknown address',
    signedIn: toMoment(signedInAt),
    lastUsed: toMoment(lastUsedAt),
    current: uid === currentUid,
    action: `${PATH}/${uid}/revocation`,
  };
}
