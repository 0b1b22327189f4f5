import { Router } from '@koa/router';
import * as z from 'zod';
import type { SessionCard } from '../http/account-views.ts';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm, readParams } from '../http/input.ts';
import type { Language } from '../http/language.ts';
import { toMoment } from '../http/moments.ts';
import { render } from '../http/render.ts';
import { languageOf } from '../http/request-language.ts';
import { listRememberedBrowsers } from '../identity/remembered-browsers/remembered-browsers.ts';
import {
  endOtherSessions,
  endOwnSession,
  listOwnSessions,
  type OwnSession,
} from '../protocol/sessions/own-sessions.ts';
import { type BrowserRouteDeps, FORGET_ALL, toBrowserCard } from './account-browser-routes.ts';
import { type DoorDeps, seeOther, signedIn } from './account-door-routes.ts';
import { pathOf } from './account-sections.ts';
import { browserWords } from './browser-words.ts';

const PATH = pathOf('sessions');
const plainForm = z.object({ csrf: z.string().optional() });
const existing = z.object({ uid: z.string().regex(/^[\w-]{1,64}$/) });

/** Where the person is signed in, and the ways to end that. */
export function accountSessionRoutes(deps: DoorDeps & BrowserRouteDeps): Router {
  const router = new Router({ prefix: PATH });

  router.get(
    '/',
    signedIn(deps, async (ctx, { user, session }) => {
      const language = languageOf(ctx);
      const sessions = await listOwnSessions(deps, user.id);
      const browsers = await listRememberedBrowsers(deps, user.id);
      render(ctx, 'account/sessions', {
        action: `${PATH}/revocation`,
        csrf: csrfToken(ctx),
        sessions: sessions.map((one) => toCard(one, { currentUid: session.uid, language })),
        browsers: browsers.map((one) => toBrowserCard(one, language)),
        forgetAllAction: FORGET_ALL,
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
  { currentUid, language }: { currentUid: string; language: Language },
): SessionCard {
  return {
    id: `session-${uid}`,
    browser: browserWords(browser, language),
    address: address ?? language.say('account.sessions.address-unknown'),
    signedIn: toMoment(signedInAt, language),
    lastUsed: toMoment(lastUsedAt, language),
    current: uid === currentUid,
    action: `${PATH}/${uid}/revocation`,
  };
}
