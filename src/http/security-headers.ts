// Headers that tell browsers what an answer may do. By default that is nothing, which is right for data and for
// redirects; a page gets what our pages need, and nothing more, from whoever renders it.
import type { Context, Middleware } from 'koa';
import type { Config } from '../config.ts';

const PAGE_POLICY: Record<string, string> = {
  'default-src': "'none'",
  'style-src': "'self'",
  'img-src': "'self' https:",
  'script-src': "'self'",
  'form-action': "'self'",
  'base-uri': "'none'",
  'frame-ancestors': "'none'",
};
const DATA_POLICY = { 'default-src': "'none'", 'frame-ancestors': "'none'" };

const PAGE_HEADERS = {
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
};

const YEAR_SECONDS = 365 * 86_400;

/** Gives every answer what it lacks of these. On the way out: oidc-provider goes through what was set before it. */
export function securityHeaders({ issuer }: Pick<Config, 'issuer'>): Middleware {
  const headers = Object.entries({
    'Content-Security-Policy': written(DATA_POLICY),
    'X-Content-Type-Options': 'nosniff',
    // Never a path, which can name an interaction. Not no-referrer: browsers then send `Origin: null` with our own
    // forms, and csrf.ts could not tell them from forged ones.
    'Referrer-Policy': 'strict-origin',
    // Keeps others from embedding what they may not read. Endpoints with CORS are read by CORS, which this leaves alone.
    'Cross-Origin-Resource-Policy': 'same-origin',
    ...(issuer.startsWith('https:') && {
      // Without includeSubDomains: what runs on those is not ours to decide.
      'Strict-Transport-Security': `max-age=${YEAR_SECONDS}`,
    }),
    'Cache-Control': 'no-store',
  });
  return async (ctx, next) => {
    await next();
    if (ctx.headerSent) return;
    for (const [name, value] of headers) {
      if (!ctx.res.hasHeader(name)) ctx.res.setHeader(name, value);
    }
  };
}

/** For answers that are pages; `render` sees to it. A policy that a page was given before stays. */
export function pageHeaders(ctx: Context): void {
  if (!ctx.response.get('X-Frame-Options')) setPageHeaders(ctx, PAGE_POLICY);
}

/**
 * For pages whose form leads to an application in the end. Chromium applies form-action to every redirect
 * that follows a form, and where applications redirect next is theirs to choose, so the directive goes.
 */
export function allowFormRedirects(ctx: Context): void {
  const { 'form-action': _, ...rest } = PAGE_POLICY;
  setPageHeaders(ctx, rest);
}

/** For a page whose script asks this server for something; call it last of those that set a policy. */
export function allowOwnRequests(ctx: Context): void {
  pageHeaders(ctx);
  const policy = ctx.response.get('Content-Security-Policy');
  ctx.set('Content-Security-Policy', `${policy}; connect-src 'self'`);
}

/** For a page that shows another one of ours in a frame. */
export function allowOwnFrames(ctx: Context): void {
  setPageHeaders(ctx, { ...PAGE_POLICY, 'frame-src': "'self'" });
}

/** For a page that shows a widget of somebody else's, and nothing but that. @param sources as CSP writes them */
export function allowSources(ctx: Context, sources: readonly string[]): void {
  pageHeaders(ctx);
  const theirs = sources.join(' ');
  const policy = ctx.response
    .get('Content-Security-Policy')
    .replace(/(?:script|style)-src 'self'/g, `$& ${theirs}`);
  ctx.set('Content-Security-Policy', `${policy}; frame-src ${theirs}; connect-src ${theirs}`);
}

/**
 * For a document in such a frame that is not to be trusted, such as a mail: it runs nothing and loads nothing, also when
 * it is opened by itself; its links open elsewhere.
 */
export function framedHeaders(ctx: Context): void {
  const sandbox = 'allow-popups allow-popups-to-escape-sandbox';
  ctx.set({
    ...PAGE_HEADERS,
    'X-Frame-Options': 'SAMEORIGIN',
    'Content-Security-Policy': written({
      'default-src': "'none'",
      'style-src': "'unsafe-inline'",
      'form-action': "'none'",
      'base-uri': "'none'",
      'frame-ancestors': "'self'",
      sandbox,
    }),
  });
}

/** For an image of ours that others show too, such as mail programs; it runs nothing, also when it is opened by itself. */
export function sharedImageHeaders(ctx: Context): void {
  ctx.set({
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'Content-Security-Policy': written({
      ...DATA_POLICY,
      'style-src': "'unsafe-inline'", // of an SVG
      sandbox: '',
    }),
  });
}

function setPageHeaders(ctx: Context, policy: Record<string, string>): void {
  ctx.set({ ...PAGE_HEADERS, 'Content-Security-Policy': written(policy) });
}

function written(policy: Record<string, string>): string {
  return Object.entries(policy)
    .map(([name, value]) => `${name} ${value}`.trim())
    .join('; ');
}
