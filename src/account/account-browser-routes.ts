import { Router } from '@koa/router';
import * as z from 'zod';
import type { BrowserCard } from '../http/account-views.ts';
import { assertNotForged } from '../http/csrf.ts';
import { readForm, readParams } from '../http/input.ts';
import type { Language } from '../http/language.ts';
import { toMoment } from '../http/moments.ts';
import {
  forgetRememberedBrowsers,
  type KnownBrowser,
  type RememberedBrowserDeps,
} from '../identity/remembered-browsers/remembered-browsers.ts';
import { type DoorDeps, seeOther, signedIn } from './account-door-routes.ts';
import { pathOf } from './account-sections.ts';
import { browserWords } from './browser-words.ts';

export type BrowserRouteDeps = DoorDeps & RememberedBrowserDeps;

const SESSIONS = pathOf('sessions');
const PATH = `${SESSIONS}/browsers`;
export const FORGET_ALL = `${PATH}/revocation`;

const plainForm = z.object({ csrf: z.string().optional() });
const existing = z.object({ id: z.uuid() });

/** Taking back that a browser is not asked for the second factor; the sessions page shows which there are. */
export function accountBrowserRoutes(deps: BrowserRouteDeps): Router {
  const router = new Router({ prefix: PATH });
  router.post(
    '/revocation',
    signedIn(deps, async (ctx, { user }) => {
      assertNotForged(ctx, (await readForm(ctx, plainForm)).csrf);
      await forgetRememberedBrowsers(deps, { userId: user.id });
      seeOther(ctx, SESSIONS);
    }),
  );
  router.post(
    '/:id/revocation',
    signedIn(deps, async (ctx, { user }) => {
      const { id } = readParams(ctx, existing);
      assertNotForged(ctx, (await readForm(ctx, plainForm)).csrf);
      await forgetRememberedBrowsers(deps, { userId: user.id, id });
      seeOther(ctx, SESSIONS);
    }),
  );
  return router;
}

export function toBrowserCard(known: KnownBrowser, language: Language): BrowserCard {
  const { id, browser, address, createdAt, lastUsedAt, expiresAt } = known;
  return {
    id: `browser-${id}`,
    browser: browserWords(browser, language),
    address: address ?? language.say('account.sessions.address-unknown'),
    since: toMoment(createdAt, language),
    lastUsed: toMoment(lastUsedAt, language),
    until: toMoment(expiresAt, language),
    action: `${PATH}/${id}/revocation`,
  };
}
