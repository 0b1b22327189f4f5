// The pages behind the links of a change of the address. Looking at them uses nothing up; their buttons do.
import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { assertNotForged, csrfToken } from '../../http/csrf.ts';
import { readForm, readParams, readQuery } from '../../http/input.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { usePersonsLocale } from '../../http/request-language.ts';
import { linkInvalid } from '../one-time-links/one-time-links.ts';
import type { EmailChangeDeps } from './email-change.ts';
import {
  cancelByLink,
  confirmEmailChange,
  type OpenChange,
  requireChange,
} from './email-change-links.ts';

const mailedLink = z.object({ token: z.string().max(100) });
const plainForm = z.object({ csrf: z.string().optional() });
const outcome = z.object({ state: z.enum(['changed', 'waiting', 'cancelled']) });

/** Whoever holds a link may use it, signed in or not: it proves that the mail arrived, and gives nobody access. */
export function emailChangeRoutes(deps: EmailChangeDeps): Router {
  const router = new Router({ prefix: '/email-change' });

  router.get('/done', (ctx) => render(ctx, 'email-change/done', readQuery(ctx, outcome)));
  router.get('/:token', async (ctx) => {
    const { token, change, side } = await opened(deps, ctx);
    const action = linkOf(token);
    render(ctx, 'email-change/confirm', {
      action,
      csrf: csrfToken(ctx),
      newEmail: change.newEmail,
      ...(side === 'old' && { cancellation: `${action}/cancellation` }),
    });
  });
  router.post('/:token', async (ctx) => {
    assertNotForged(ctx, (await readForm(ctx, plainForm)).csrf);
    const open = await opened(deps, ctx);
    goOn(ctx, await confirmEmailChange(deps, open, requestFacts(ctx)));
  });
  router.get('/:token/cancellation', async (ctx) => {
    const { token, change, side } = await opened(deps, ctx);
    if (side !== 'old') throw linkInvalid();
    const action = `${linkOf(token)}/cancellation`;
    render(ctx, 'email-change/cancel', {
      action,
      csrf: csrfToken(ctx),
      newEmail: change.newEmail,
    });
  });
  router.post('/:token/cancellation', async (ctx) => {
    assertNotForged(ctx, (await readForm(ctx, plainForm)).csrf);
    await cancelByLink(deps, await opened(deps, ctx), requestFacts(ctx));
    goOn(ctx, 'cancelled');
  });
  return router;
}

async function opened(
  deps: EmailChangeDeps,
  ctx: Context,
): Promise<OpenChange & { token: string }> {
  const { token } = readParams(ctx, mailedLink);
  const open = await requireChange(deps, token, requestFacts(ctx));
  usePersonsLocale(ctx, open.change.user.locale);
  return { ...open, token };
}

const linkOf = (token: string) => `/email-change/${encodeURIComponent(token)}`;

function goOn(ctx: Context, state: z.output<typeof outcome>['state']): void {
  ctx.status = 303;
  ctx.redirect(`/email-change/done?state=${state}`);
}
