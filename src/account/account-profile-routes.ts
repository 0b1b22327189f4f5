import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { DomainError, type Told } from '../foundation/errors.ts';
import type { LanguageChoice } from '../http/account-views.ts';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm } from '../http/input.ts';
import { toMoment } from '../http/moments.ts';
import { type Languages, ownNameOf } from '../http/languages.ts';
import { refusalText } from '../http/refusal-texts.ts';
import { render } from '../http/render.ts';
import { languageOf, useUiLocales } from '../http/request-language.ts';
import { changeOwnProfile } from '../identity/users/own-profile.ts';
import { listConsents } from '../protocol/grants/consents.ts';
import { listOwnSessions } from '../protocol/sessions/own-sessions.ts';
import { type DoorDeps, seeOther, signedIn, type Visitor } from './account-door-routes.ts';
import { pathOf } from './account-sections.ts';
import { readSecurityCard } from './security-card.ts';

export type ProfileRouteDeps = DoorDeps & { languages: Pick<Languages, 'locales'> };

const profileForm = z.object({
  csrf: z.string().optional(),
  name: z.string().max(1000).default(''),
  locale: z.string().max(100).optional(),
});

/** The overview, and what a person is called and reads. */
export function accountProfileRoutes(deps: ProfileRouteDeps): Router {
  const router = new Router();
  router.get(
    '/account',
    signedIn(deps, (ctx, visitor) => showOverview(deps, ctx, visitor)),
  );
  router.get(
    '/account/profile',
    signedIn(deps, (ctx, { user }) => show(deps, ctx, { user, typed: { name: user.name ?? '' } })),
  );
  router.post(
    '/account/profile',
    signedIn(deps, (ctx, visitor) => takeProfile(deps, ctx, visitor)),
  );
  return router;
}

async function takeProfile(deps: ProfileRouteDeps, ctx: Context, { user }: Visitor) {
  const { csrf, ...typed } = await readForm(ctx, profileForm);
  assertNotForged(ctx, csrf);
  try {
    await changeOwnProfile(deps, { userId: user.id, ...typed });
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'name_malformed') throw error;
    ctx.status = 422;
    return show(deps, ctx, { user, typed, fault: error });
  }
  if (typed.locale) useUiLocales(ctx, undefined); // what a person chooses counts more than what was asked for
  seeOther(ctx, pathOf('profile'));
}

async function showOverview(deps: DoorDeps, ctx: Context, { user, session }: Visitor) {
  const { id: userId, login, name, email } = user;
  const [sessions, apps, security] = await Promise.all([
    listOwnSessions(deps, userId),
    listConsents(deps, { userId }),
    readSecurityCard(deps, user, languageOf(ctx)),
  ]);
  render(ctx, 'account/overview', {
    name: name ?? login,
    login,
    email: email ?? '',
    signedIn: toMoment(session.signedInAt, languageOf(ctx)),
    sessions: sessions.length,
    apps: apps.length,
    security,
  });
}

interface Page {
  user: Visitor['user'];
  typed: { name: string; locale?: string | undefined };
  fault?: Told;
}

function show(
  { languages }: ProfileRouteDeps,
  ctx: Context,
  { user: { login, email, locale }, typed, fault }: Page,
): void {
  render(ctx, 'account/profile', {
    action: pathOf('profile'),
    csrf: csrfToken(ctx),
    login,
    email: email ?? '',
    name: typed.name,
    languages: choices(languages.locales, { kept: locale, chosen: typed.locale ?? locale }),
    fault: fault && refusalText(languageOf(ctx), fault),
  });
}

/** The one that a person has may be none of ours; saving the page must not take it away. */
function choices(
  spoken: readonly string[],
  { kept, chosen }: { kept: string | null; chosen: string | null },
): LanguageChoice[] {
  const locales = new Set([...spoken, ...(kept ? [kept] : [])]);
  return [...locales].map((locale) => ({
    locale,
    name: ownNameOf(locale),
    chosen: locale === chosen,
  }));
}
