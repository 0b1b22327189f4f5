// Pages, from a view and its data. A view that prints a missing value or an object, or links to something other than a web
// page, is a bug: it fails rather than show "undefined" or run a script.
import type { Context } from 'koa';
import { accentPath } from './accent-stylesheet.ts';
import { type Appearance, appearanceFor, plainAppearance } from './appearance.ts';
import { OWN_STYLESHEET } from './asset-routes.ts';
import { escapeHtml, redirectUrl, url } from './escaping.ts';
import type { Language } from './language.ts';
import type { Part, Values } from './message.ts';
import { englishOf, languageOf } from './request-language.ts';
import { pageHeaders } from './security-headers.ts';
import type { Views } from './views.ts';

/** Made for developers, and not translated. */
const IN_ENGLISH = /^(playground|mailbox)\//;

/** Answers with a page in the language of the request; a status set before stays. */
export function render<Name extends keyof Views>(
  ctx: Context,
  name: Name,
  data: Views[Name],
): void {
  pageHeaders(ctx);
  ctx.type = 'html';
  const language = IN_ENGLISH.test(name) ? englishOf(ctx) : languageOf(ctx);
  ctx.set('Content-Language', language.lang);
  ctx.vary('Accept-Language');
  ctx.body = renderToString(name, data, { ...language, appearance: appearanceFor(ctx) });
}

interface Guise extends Language {
  /** Ours, if absent. */
  appearance?: Appearance;
}

/** @throws when the view needs something that the data lacks */
export function renderToString<Name extends keyof Views>(
  name: Name,
  data: Views[Name],
  { lang, dir, say, parts, appearance = plainAppearance() }: Guise,
): string {
  const marked = (text: string, values?: Values) => parts(text, values).map(toHtml).join('');
  const words = { lang, dir, say, marked };
  return appearance.html.render(name, {
    ...data,
    ...words,
    ...looksOf(appearance),
    url,
    redirectUrl,
  });
}

function looksOf({ brand, assets }: Appearance) {
  const ownStylesheet = assets.has(OWN_STYLESHEET) ? assets.urlOf(OWN_STYLESHEET) : undefined;
  return {
    brand,
    assetUrl: assets.urlOf,
    logoUrl: assets.logoUrl,
    accentStylesheet: brand.accent && accentPath(brand.accent),
    ownStylesheet,
  };
}

/** A value may be of any language, and must not turn the words around it. */
function toHtml(part: Part): string {
  if (typeof part === 'string') return escapeHtml(part);
  if ('value' in part) return `<bdi>${escapeHtml(part.value)}</bdi>`;
  return `<strong>${part.strong.map(toHtml).join('')}</strong>`;
}
