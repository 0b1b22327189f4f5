// The page behind "This was not me". Looking at it changes nothing, since scanners of mail follow links; its button does.
import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { assertNotForged, csrfToken } from '../../http/csrf.ts';
import { readForm, readParams } from '../../http/input.ts';
import { toMoment } from '../../http/moments.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { languageOf, usePersonsLocale } from '../../http/request-language.ts';
import type { LinkDeps } from '../one-time-links/one-time-links.ts';
import { whileLinkWorks } from '../../http/while-link-works.ts';
import { requireUndoLink } from '../one-time-links/undo-links.ts';
import { undoChange } from './credential-undo.ts';

const mailedLink = z.object({ token: z.string().max(100) });
const confirmation = z.object({ csrf: z.string().optional() });

/** Whoever holds the link may use it, signed in or not. It leads on to the page for a new password. */
export function credentialUndoRoutes(deps: LinkDeps): Router {
  const router = new Router({ prefix: '/undo' });
  router.get('/done', (ctx) => render(ctx, 'undo/done', {}));
  router.get('/:token', (ctx) => whileItWorks(ctx, () => offerUndo(deps, ctx)));
  router.post('/:token', (ctx) => whileItWorks(ctx, () => takeUndo(deps, ctx)));
  return router;
}

const whileItWorks = (ctx: Context, act: () => Promise<void>): Promise<void> =>
  whileLinkWorks(ctx, act, () => render(ctx, 'undo/ended', { again: '/recovery' }));

async function offerUndo(deps: LinkDeps, ctx: Context): Promise<void> {
  const { token } = readParams(ctx, mailedLink);
  const { user, change, createdAt } = await requireUndoLink(deps, token, requestFacts(ctx));
  usePersonsLocale(ctx, user.locale);
  const language = languageOf(ctx);
  render(ctx, 'undo/confirm', {
    action: `/undo/${encodeURIComponent(token)}`,
    csrf: csrfToken(ctx),
    login: user.login,
    change: language.say(`credential-changed.${change}`),
    moment: toMoment(createdAt, language),
  });
}

async function takeUndo(deps: LinkDeps, ctx: Context): Promise<void> {
  const { token } = readParams(ctx, mailedLink);
  const { csrf } = await readForm(ctx, confirmation);
  assertNotForged(ctx, csrf);
  const facts = requestFacts(ctx);
  const link = await requireUndoLink(deps, token, facts);
  const resetToken = await undoChange(deps, link, facts);
  ctx.status = 303;
  ctx.redirect(resetToken === undefined ? '/undo/done' : `/recovery/${resetToken}`);
}
