import type { Context } from 'koa';

const KNOWN = new Set([
  '/.well-known',
  '/jwks',
  '/auth',
  '/token',
  '/userinfo',
  '/introspect',
  '/revoke',
  '/par',
  '/register',
  '/logout',
  '/device_authorization',
  '/device',
  '/interaction',
  '/setup',
  '/recovery',
  '/create-account',
  '/invitation',
  '/verify-email',
  '/undo',
  '/account',
  '/playground',
  '/dev',
  '/assets',
  '/livez',
  '/readyz',
  '/metrics',
]);

/** The first part of the path if it is one of ours, and else `other`: a label may take few values only. */
export function routeLabel({ path }: Pick<Context, 'path'>): string {
  const first = `/${path.split('/', 2)[1] ?? ''}`;
  if (path === '/') return '/';
  return KNOWN.has(first) ? first : 'other';
}
