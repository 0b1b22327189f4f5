// The doorway of the template engine. A view that prints a missing value or an object, or links to something other
// than a web page, is a bug: it fails rather than show "undefined" or run a script.
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import { assetUrl } from './asset-routes.js';
const pages = new Eta({
    views: fileURLToPath(new URL('../../views', import.meta.url)),
    cache: true,
    autoEscape: true,
    escapeFunction: escapeHtml,
});
/** Answers with a page. It may hold personal data and forgery tokens, so nothing may store it. */
export function render(ctx, name, data) {
    ctx.set('Cache-Control', 'no-store');
    ctx.type = 'html';
    ctx.body = renderToString(name, data);
}
/** @throws when the view needs something that the data lacks */
export function renderToString(name, data) {
    return pages.render(`/${name}`, { ...data, assetUrl, url });
}
/** What every href, src and action passes through. */
function url(value) {
    if (typeof value !== 'string')
        throw new TypeError(`A view linked to ${typeof value}.`);
    const { protocol } = new URL(value, 'https://latchkey.invalid');
    if (protocol !== 'https:' && protocol !== 'http:') {
        throw new TypeError(`A view linked to ${protocol}`);
    }
    return value;
}
function escapeHtml(value) {
    if (typeof value !== 'string' && typeof value !== 'number') {
        throw new TypeError(`A view printed ${value === null ? 'null' : typeof value}.`);
    }
    return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
//# sourceMappingURL=render.js.map