import { Router } from '@koa/router';
import type { Context } from 'koa';
import { DomainError, type Told } from '../foundation/errors.ts';
import type { LanguageChoice } from '../http/account-views.ts';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm } from '../http/input.ts';
import type { Language } from '../http/language.ts';
import { toMoment } from '../http/moments.ts';
import { type Languages, ownNameOf } from '../http/languages.ts';
import { refusalText } from '../http/refusal-texts.ts';
import { render } from '../http/render.ts';
import { languageOf, useUiLocales } from '../http/request-language.ts';
import { findDetails, picturePath } from '../identity/profiles/profiles.ts';
import {
  readDetails,
  shownDetails,
  timeZones,
  type TypedDetails,
} from '../identity/profiles/standard-claims.ts';
import { changeOwnProfile } from '../identity/users/own-profile.ts';
import { listConsents } from '../protocol/grants/consents.ts';
import { listOwnSessions } from '../protocol/sessions/own-sessions.ts';
import { type DoorDeps, seeOther, signedIn, type Visitor } from './account-door-routes.ts';
import { pathOf } from './account-sections.ts';
import { profileForm } from './profile-form.ts';
import { readSecurityCard } from './security-card.ts';

export type ProfileRouteDeps = DoorDeps & { languages: Pick<Languages, 'locales'> };

/** The overview, and what a person tells of themselves. */
export function accountProfileRoutes(deps: ProfileRouteDeps): Router {
  const router = new Router();
  router.get(
    '/account',
    signedIn(deps, (ctx, visitor) => showOverview(deps, ctx, visitor)),
  );
  router.get(
    '/account/profile',
    signedIn(deps, (ctx, { user }) => showProfile(deps, ctx, { user })),
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
  const { name, locale, ...claims } = typed;
  const { details, faults } = readDetails(claims);
  const again = (more: Faults) => {
    ctx.status = 422;
    return showProfile(deps, ctx, { user, typed, faults: { ...faults, ...more } });
  };
  if (Object.keys(faults).length > 0) return again({});

  try {
    await changeOwnProfile(deps, { userId: user.id, name, locale, details });
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'name_malformed') throw error;
    return again({ name: error });
  }
  if (locale) useUiLocales(ctx, undefined); // what a person chooses counts more than what was asked for
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

/** By input name. */
type Faults = Record<string, Told>;

interface Page {
  user: Visitor['user'];
  /** Without it, the page shows what is stored. */
  typed?: { name: string; locale?: string | undefined } & TypedDetails;
  faults?: Faults;
}

/** The profile's page, with what is wrong beside the fields. */
export async function showProfile(
  { db, languages }: ProfileRouteDeps,
  ctx: Context,
  { user, typed = { name: user.name ?? '' }, faults = {} }: Page,
): Promise<void> {
  const { login, email, locale: kept } = user;
  const { name, locale = kept, ...claims } = typed;
  const stored = await findDetails({ db }, user);
  const details = { ...shownDetails(stored), ...sent(claims) };
  render(ctx, 'account/profile', {
    action: pathOf('profile'),
    picture: {
      action: `${pathOf('profile')}/picture`,
      removal: `${pathOf('profile')}/picture/removal`,
      shown: stored?.picture ? picturePath(stored.picture.id) : undefined,
    },
    csrf: csrfToken(ctx),
    login,
    email: email ?? '',
    name,
    details,
    timeZones: timeZones().map((zone) => ({ name: zone, chosen: zone === details.zoneinfo })),
    languages: choices(languages.locales, { kept, chosen: locale }),
    faults: inWords(faults, languageOf(ctx)),
  });
}

const sent = (claims: TypedDetails): Record<string, string> =>
  Object.fromEntries(
    Object.entries(claims).flatMap(([claim, text]) => (text === undefined ? [] : [[claim, text]])),
  );

const inWords = (faults: Faults, language: Language): Record<string, string> =>
  Object.fromEntries(
    Object.entries(faults).map(([name, fault]) => [name, refusalText(language, fault)]),
  );

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
