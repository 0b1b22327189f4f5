// The page behind the link that verifies an address. Looking at it uses nothing up; its button does.
import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { assertNotForged, csrfToken } from '../../http/csrf.ts';
import { type DeviceCookieDeps, rememberDevice } from '../../http/device-cookie.ts';
import { readForm, readParams } from '../../http/input.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { tellingLocale, usePersonsLocale, useToldLocale } from '../../http/request-language.ts';
import { type LinkDeps, type OpenLink, requireLink } from '../one-time-links/one-time-links.ts';
import { verifyByLink } from './email-verification.ts';

const mailedLink = z.object({ token: z.string().max(100) });

const confirmation = z.object({ csrf: z.string().optional() });

/** Whoever holds the link may use it, signed in or not: it proves that the mail arrived, and gives nobody access. */
export function emailVerificationRoutes(deps: LinkDeps & DeviceCookieDeps): Router {
  const router = new Router({ prefix: '/verify-email' });

  router.get('/done', (ctx) => {
    useToldLocale(ctx);
    render(ctx, 'verify-email/done', {});
  });
  router.get('/:token', async (ctx) => {
    const { token } = readParams(ctx, mailedLink);
    const { email, user } = await requireVerificationLink(deps, ctx, token);
    const action = `/verify-email/${encodeURIComponent(token)}`;
    usePersonsLocale(ctx, user.locale);
    render(ctx, 'verify-email/confirm', { action, csrf: csrfToken(ctx), email });
  });
  router.post('/:token', async (ctx) => {
    const { token } = readParams(ctx, mailedLink);
    const { csrf } = await readForm(ctx, confirmation);
    assertNotForged(ctx, csrf);
    const link = await requireVerificationLink(deps, ctx, token);
    await verifyByLink(deps, link, requestFacts(ctx));
    // Whoever receives the person's mail could as well choose their password.
    rememberDevice(deps, ctx, link.user.id);
    ctx.status = 303;
    ctx.redirect(tellingLocale('/verify-email/done', link.user.locale));
  });
  return router;
}

function requireVerificationLink(deps: LinkDeps, ctx: Context, token: string): Promise<OpenLink> {
  return requireLink(deps, { purpose: 'verify-email', token }, requestFacts(ctx));
}
