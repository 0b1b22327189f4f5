import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { DomainError, type Told } from '../foundation/errors.ts';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm } from '../http/input.ts';
import { refusalText } from '../http/refusal-texts.ts';
import { render } from '../http/render.ts';
import { languageOf } from '../http/request-language.ts';
import { type DeletionDeps, scheduleDeletion } from '../identity/users/account-deletion.ts';
import { assertDispensable } from '../identity/users/dispensable-user.ts';
import { readLogin } from '../identity/users/user-profile.ts';
import { type DoorDeps, freshlySignedIn, seeOther, type Visitor } from './account-door-routes.ts';
import { pathOf } from './account-sections.ts';

export type DeletionRouteDeps = DoorDeps & DeletionDeps;

const PATH = pathOf('delete');
const DAY_SECONDS = 86_400;

const deletionForm = z.object({
  csrf: z.string().optional(),
  login: z.string().max(1000).default(''),
});

/** The end of an account. What comes after it is a page for whoever is signed in no longer. */
export function accountDeletionRoutes(deps: DeletionRouteDeps): Router {
  const router = new Router({ prefix: PATH });
  router.get(
    '/',
    freshlySignedIn(deps, async (ctx, { user }) =>
      show(deps, ctx, { user, obstacle: await findObstacle(deps, user) }),
    ),
  );
  router.post(
    '/',
    freshlySignedIn(deps, (ctx, visitor) => takeDeletion(deps, ctx, visitor)),
  );
  router.get('/done', (ctx) => render(ctx, 'account/delete-done', { wait: waitOf(deps, ctx) }));
  return router;
}

const OTHER_LOGIN = { code: 'login_differs', message: 'This is not your username.' };

async function takeDeletion(deps: DeletionRouteDeps, ctx: Context, { user }: Visitor) {
  const { csrf, login: typed } = await readForm(ctx, deletionForm);
  assertNotForged(ctx, csrf);
  if (readLogin(typed) !== user.login) {
    ctx.status = 422;
    return show(deps, ctx, { user, typed, fault: OTHER_LOGIN });
  }
  try {
    await scheduleDeletion(deps, user.id, { type: 'user', id: user.id });
  } catch (error) {
    if (!(error instanceof DomainError) || error.refusal !== 'conflict') throw error;
    ctx.status = 409;
    return show(deps, ctx, { user, obstacle: error });
  }
  seeOther(ctx, `${PATH}/done`);
}

async function findObstacle({ db }: DeletionRouteDeps, user: Visitor['user']) {
  try {
    await assertDispensable(db, user);
    return undefined;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

interface Page {
  user: Visitor['user'];
  typed?: string;
  fault?: Told | undefined;
  obstacle?: Told | undefined;
}

function show(
  deps: DeletionRouteDeps,
  ctx: Context,
  { user: { login }, typed = '', fault, obstacle }: Page,
): void {
  const language = languageOf(ctx);
  render(ctx, 'account/delete', {
    action: PATH,
    csrf: csrfToken(ctx),
    login,
    wait: waitOf(deps, ctx),
    typed,
    fault: fault && refusalText(language, fault),
    obstacle: obstacle && refusalText(language, obstacle),
  });
}

const waitOf = ({ config }: DeletionRouteDeps, ctx: Context): string =>
  languageOf(ctx).period(config.accountDeletionDays * DAY_SECONDS);
