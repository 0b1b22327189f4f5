import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm } from '../http/input.ts';
import { render } from '../http/render.ts';
import { requestFacts } from '../http/request-context.ts';
import { languageOf } from '../http/request-language.ts';
import { makeRecoveryCodes, readOwnFactors } from '../identity/second-factors/own-factors.ts';
import { hasSecondFactor } from '../identity/second-factors/second-factors.ts';
import type { NoticeDeps } from '../identity/users/credential-notice.ts';
import type { RateLimits } from '../operations/rate-limiter.ts';
import { type DoorDeps, signedIn, stronglySignedIn } from './account-door-routes.ts';
import { pathOf } from './account-sections.ts';
import { FEW_CODES } from './security-card.ts';

export type RecoveryCodeRouteDeps = DoorDeps &
  NoticeDeps & { rateLimits: Pick<RateLimits, 'consume'> };

const PATH = pathOf('recovery-codes');
const plainForm = z.object({ csrf: z.string().optional() });
const fileForm = plainForm.extend({
  codes: z.string().regex(/^(?:[a-z2-7]{4}(?:-[a-z2-7]{4}){3} ?){1,10}$/),
});

/** How many recovery codes are left, and new ones. */
export function accountRecoveryCodeRoutes(deps: RecoveryCodeRouteDeps): Router {
  const router = new Router({ prefix: PATH });
  router.get(
    '/',
    stronglySignedIn(deps, async (ctx, { user }) => {
      const { codesLeft } = await readOwnFactors(deps, user.id);
      const isSetUp = await hasSecondFactor(deps, user.id);
      render(ctx, 'account/recovery-codes', {
        action: PATH,
        csrf: csrfToken(ctx),
        left: isSetUp ? codesLeft : undefined,
        few: codesLeft <= FEW_CODES,
      });
    }),
  );
  router.post(
    '/',
    stronglySignedIn(deps, async (ctx, { user }) => {
      assertNotForged(ctx, (await readForm(ctx, plainForm)).csrf);
      await deps.rateLimits.consume('factorChanges', user.id);
      showNewCodes(ctx, await makeRecoveryCodes(deps, user.id, requestFacts(ctx)));
    }),
  );
  router.post(
    '/file',
    signedIn(deps, async (ctx, { user }) => {
      const { csrf, codes } = await readForm(ctx, fileForm);
      assertNotForged(ctx, csrf);
      const { host } = new URL(deps.config.issuer);
      const heading = languageOf(ctx).say('account.recovery-codes.file', {
        login: user.login,
        host,
      });
      ctx.attachment('latchkey-recovery-codes.txt');
      ctx.type = 'text/plain; charset=utf-8';
      ctx.body = [heading, '', ...codes.trim().split(' '), ''].join('\n');
    }),
  );
  return router;
}

/**
 * They are shown by the answer to the form itself: nothing keeps them for another page. The file is made of what the page
 * sends back, for the same reason.
 */
export function showNewCodes(ctx: Context, codes: string[]): void {
  render(ctx, 'account/new-recovery-codes', {
    action: `${PATH}/file`,
    csrf: csrfToken(ctx),
    codes,
    done: pathOf('overview'),
  });
}
