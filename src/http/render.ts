// The doorway of the template engine. A view that prints a missing value or an object, or links to something other
// than a web page, is a bug: it fails rather than show "undefined" or run a script.
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Context } from 'koa';
import { assetUrl } from './asset-routes.ts';
import { pageHeaders } from './security-headers.ts';
import type { Views } from './views.ts';

const pages = new Eta({
  views: fileURLToPath(new URL('../../views', import.meta.url)),
  cache: true,
  autoEscape: true,
  escapeFunction: escapeHtml,
});

/** Answers with a page; a status set before stays. */
export function render<Name extends keyof Views>(
  ctx: Context,
  name: Name,
  data: Views[Name],
): void {
  pageHeaders(ctx);
  ctx.type = 'html';
  ctx.body = renderToString(name, data);
}

/** @throws when the view needs something that the data lacks */
export function renderToString<Name extends keyof Views>(name: Name, data: Views[Name]): string {
  return pages.render(`/${name}`, { ...data, assetUrl, url, redirectUrl });
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
