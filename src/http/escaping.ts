// What everything that a template prints passes through: texts, and addresses by their scheme. A missing value or an
// object is a bug: it fails rather than show "undefined".

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
export function redirectUrl(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`A view linked to ${typeof value}.`);

  const { protocol } = new URL(value, 'https://latchkey.invalid');
  if (ACTIVE.has(protocol)) throw new TypeError(`A view linked to ${protocol}`);
  return value;
}

/** What every text of a page and of a mail's HTML passes through. */
export function escapeHtml(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new TypeError(`A view printed ${value === null ? 'null' : typeof value}.`);
  }
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** What every text of a mail's text passes through. */
export function plain(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`A mail printed ${typeof value}.`);
  return value;
}
