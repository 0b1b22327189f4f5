// The doorway of the template engine. A view that prints a missing value or an object, or links to something other
// than a web page, is a bug: it fails rather than show "undefined" or run a script.
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Context } from 'koa';
import { assetUrl } from './asset-routes.ts';
import type { Language } from './language.ts';
import type { Part, Values } from './message.ts';
import { englishOf, languageOf } from './request-language.ts';
import { pageHeaders } from './security-headers.ts';
import type { Views } from './views.ts';

const pages = new Eta({
  views: fileURLToPath(new URL('../../views', import.meta.url)),
  cache: true,
  autoEscape: true,
  escapeFunction: escapeHtml,
});

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
  ctx.body = renderToString(name, data, language);
}

/** @throws when the view needs something that the data lacks */
export function renderToString<Name extends keyof Views>(
  name: Name,
  data: Views[Name],
  { lang, dir, say, parts }: Language,
): string {
  const marked = (text: string, values?: Values) => parts(text, values).map(toHtml).join('');
  return pages.render(`/${name}`, { ...data, assetUrl, url, redirectUrl, lang, dir, say, marked });
}

/** A value may be of any language, and must not turn the words around it. */
function toHtml(part: Part): string {
  if (typeof part === 'string') return escapeHtml(part);
  if ('value' in part) return `<bdi>${escapeHtml(part.value)}</bdi>`;
  return `<strong>${part.strong.map(toHtml).join('')}</strong>`;
}

/** What every href, src and action passes through, but for the answers to applications. */
export function url(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`A view linked to ${typeof value}.`);

  const { protocol } = new URL(value, 'https://latchkey.invalid');
  if (protocol !== 'https:' && protocol !== 'http:') {
    throw new TypeError(`A view linked to ${protocol}`);
  }
  return value;
}

const ACTIVE = new Set(['javascript:', 'data:', 'vbscript:', 'blob:', 'about:']);

/** Where an application is answered: a native one may have a scheme of its own (RFC 8252 §7.1). */
function redirectUrl(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`A view linked to ${typeof value}.`);

  const { protocol } = new URL(value, 'https://latchkey.invalid');
  if (ACTIVE.has(protocol)) throw new TypeError(`A view linked to ${protocol}`);
  return value;
}

/** What every text passes through. */
export function escapeHtml(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new TypeError(`A view printed ${value === null ? 'null' : typeof value}.`);
  }
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
