// The language of a request: what the application asked for (ui_locales), then the person's, then the browser's. What
// was asked for holds in this browser, by a cookie, until another application asks; it is a wish and decides nothing.
import type { Context, Middleware } from 'koa';
import type { Config } from '../config.ts';
import type { Language } from './language.ts';
import { type Languages, openLanguages } from './languages.ts';
import { readLocale, readUiLocales } from '../foundation/locales.ts';

interface Deps {
  config: Pick<Config, 'issuer'>;
  languages: Languages;
}

interface Wishes {
  languages: Languages;
  cookieName: string;
  isSecure: boolean;
  /** What the application asked for, by this request or the authorization request it belongs to. */
  asked?: readonly string[];
  person?: string;
}

/** Comes before whatever shows a page. */
export function requestLanguage({ config, languages }: Deps): Middleware {
  const isSecure = config.issuer.startsWith('https:');
  const cookieName = isSecure ? '__Host-latchkey_locales' : 'latchkey_locales';
  return (ctx, next) => {
    const wishes: Wishes = { languages, cookieName, isSecure };
    ctx.state.wishes = wishes;
    if (ctx.method === 'GET' && ctx.querystring.includes('ui_locales')) {
      const asked = readUiLocales(ctx.query['ui_locales']);
      if (asked.length > 0) remember(ctx, wishes, asked);
    }
    return next();
  };
}

/** The languages that an authorization request asks for; without any, those of an earlier one are forgotten. */
export function useUiLocales(ctx: Context, uiLocales: unknown): void {
  const wishes = wishesOf(ctx);
  if (wishes) remember(ctx, wishes, readUiLocales(uiLocales));
}

/** For pages that speak to somebody who is known. */
export function usePersonsLocale(ctx: Context, locale: string | null | undefined): void {
  const wishes = wishesOf(ctx);
  if (wishes && locale) wishes.person = locale;
}

/** For a redirect to a page that knows nobody: it says the person's language along, which `useToldLocale` reads there. */
export function tellingLocale(path: string, locale: string | null): string {
  return locale === null ? path : `${path}?locale=${encodeURIComponent(locale)}`;
}

/** As `usePersonsLocale`, where a redirect told it. It is a wish, whoever wrote it there. */
export function useToldLocale(ctx: Context): void {
  const told = ctx.query['locale'];
  usePersonsLocale(ctx, typeof told === 'string' ? readLocale(told) : undefined);
}

export function languageOf(ctx: Context): Language {
  const wishes = wishesOf(ctx);
  if (!wishes) return ownEnglish();

  const { languages, asked = rememberedIn(ctx, wishes), person } = wishes;
  const browser = [ctx.acceptsLanguages()].flat();
  return languages.nearest([...asked, ...(person ? [person] : []), ...browser.slice(0, MOST)]);
}

/** For pages that are not translated. */
export function englishOf(ctx: Context): Language {
  return wishesOf(ctx)?.languages.english ?? ownEnglish();
}

const MOST = 5;

/** For an answer made before any of this ran. */
function ownEnglish(): Language {
  own ??= openLanguages();
  return own.english;
}

let own: Languages | undefined;

function remember(ctx: Context, wishes: Wishes, asked: readonly string[]): void {
  wishes.asked = asked;
  const value = asked.slice(0, MOST).join(SEPARATOR);
  if (value === (cookieOf(ctx, wishes) ?? '')) return;

  ctx.cookies.set(wishes.cookieName, value || null, {
    signed: false,
    httpOnly: true,
    sameSite: 'lax',
    secure: wishes.isSecure,
    path: '/',
  });
}

const SEPARATOR = '.';

function rememberedIn(ctx: Context, wishes: Wishes): string[] {
  return (cookieOf(ctx, wishes) ?? '').slice(0, 200).split(SEPARATOR).slice(0, MOST);
}

function cookieOf(ctx: Context, { cookieName }: Wishes): string | undefined {
  return ctx.cookies.get(cookieName, { signed: false });
}

function wishesOf(ctx: Context): Wishes | undefined {
  return ctx.state.wishes;
}
