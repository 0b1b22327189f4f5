// Headers that tell browsers what our pages may do: nothing that they don't need.
import type { Context, Middleware } from 'koa';
import type { Config } from '../config.ts';

// script-src is named although it allows our own files only: oidc-provider adds the hash of its form_post
// script to it.
const POLICY: Record<string, string> = {
  'default-src': "'none'",
  'style-src': "'self'",
  'img-src': "'self' https: data:",
  'script-src': "'self'",
  'form-action': "'self'",
  'base-uri': "'none'",
  'frame-ancestors': "'none'",
};

const YEAR_SECONDS = 365 * 86_400;

/** Sets what every answer carries; what comes after may replace it. */
export function securityHeaders({ issuer }: Pick<Config, 'issuer'>): Middleware {
  const headers = {
    'Content-Security-Policy': written(POLICY),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    // Never a path, which can name an interaction. Not no-referrer: browsers then send `Origin: null` with our own
    // forms, and csrf.ts could not tell them from forged ones.
    'Referrer-Policy': 'strict-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    // Keeps others from embedding what they may not read. Endpoints with CORS are read by CORS, which this leaves alone.
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    ...(issuer.startsWith('https:') && {
      // Without includeSubDomains: what runs on those is not ours to decide.
      'Strict-Transport-Security': `max-age=${YEAR_SECONDS}`,
    }),
    'Cache-Control': 'no-store',
  };
  return (ctx, next) => {
    ctx.set(headers);
    return next();
  };
}

/**
 * For pages whose form leads to an application in the end. Chromium applies form-action to every redirect
 * that follows a form, and where applications redirect next is theirs to choose, so the directive goes.
 */
export function allowFormRedirects(ctx: Context): void {
  const { 'form-action': _, ...rest } = POLICY;
  ctx.set('Content-Security-Policy', written(rest));
}

function written(policy: Record<string, string>): string {
  return Object.entries(policy)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}
