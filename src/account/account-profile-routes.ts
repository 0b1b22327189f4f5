import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { DomainError, type Told } from '../foundation/errors.ts';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm } from '../http/input.ts';
import { toMoment } from '../http/moments.ts';
import { refusalText } from '../http/refusal-texts.ts';
import { render } from '../http/render.ts';
import { languageOf } from '../http/request-language.ts';
import { renameUser } from '../identity/users/own-profile.ts';
import { listConsents } from '../protocol/grants/consents.ts';
import { listOwnSessions } from '../protocol/sessions/own-sessions.ts';
import { type DoorDeps, seeOther, signedIn, type Visitor } from './account-door-routes.ts';
import { pathOf } from './account-sections.ts';

const profileForm = z.object({
  csrf: z.string().optional(),
  name: z.string().max(1000).default(''),
});

/** The overview, and what a person is called. */
export function accountProfileRoutes(deps: DoorDeps): Router {
  const router = new Router();
  router.get(
    '/account',
    signedIn(deps, (ctx, visitor) => showOverview(deps, ctx, visitor)),
  );
  router.get(
    '/account/profile',
    signedIn(deps, (ctx, { user }) => show(ctx, user, { name: user.name ?? '' })),
  );
  router.post(
    '/account/profile',
    signedIn(deps, async (ctx, { user }) => {
      const { csrf, name } = await readForm(ctx, profileForm);
      assertNotForged(ctx, csrf);
      try {
        await renameUser(deps, { userId: user.id, name });
      } catch (error) {
        if (!(error instanceof DomainError) || error.refusal !== 'invalid') throw error;
        ctx.status = 422;
        return show(ctx, user, { name, fault: error });
      }
      seeOther(ctx, pathOf('profile'));
    }),
  );
  return router;
}

async function showOverview(deps: DoorDeps, ctx: Context, { user, session }: Visitor) {
  const { id: userId, login, name, email } = user;
  const [sessions, apps] = await Promise.all([
    listOwnSessions(deps, userId),
    listConsents(deps, { userId }),
  ]);
  render(ctx, 'account/overview', {
    name: name ?? login,
    login,
    email: email ?? '',
    signedIn: toMoment(session.signedInAt, languageOf(ctx)),
    sessions: sessions.length,
    apps: apps.length,
  });
}

function show(
  ctx: Context,
  { login, email }: Visitor['user'],
  { name, fault }: { name: string; fault?: Told },
): void {
  const action = pathOf('profile');
  const csrf = csrfToken(ctx);
  render(ctx, 'account/profile', {
    action,
    csrf,
    login,
    email: email ?? '',
    name,
    fault: fault && refusalText(languageOf(ctx), fault),
  });
}
