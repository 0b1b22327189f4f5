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

const WEEK_SECONDS = 7 * 86_400;

export function securityHeaders({ issuer }: Pick<Config, 'issuer'>): Middleware {
  const headers = {
    'Content-Security-Policy': written(POLICY),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    ...(issuer.startsWith('https:') && {
      'Strict-Transport-Security': `max-age=${52 * WEEK_SECONDS}; includeSubDomains`,
    }),
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
