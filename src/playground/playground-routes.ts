// The playground: a relying party inside the server, to see and to try what an application does. Everybody who reaches
// it may use it, and it shows tokens, so it exists only where the development pages do.
import { Router } from '@koa/router';
import { deriveKey } from '../storage/secret-key.ts';
import { playedClientRoutes } from './played-client-routes.ts';
import type { PlaygroundDeps } from './playground-connection.ts';
import { playgroundCookies } from './playground-cookies.ts';
import { playgroundLoginRoutes } from './playground-login-routes.ts';
import { playgroundTokenRoutes } from './playground-token-routes.ts';

interface Deps extends Omit<PlaygroundDeps, 'key' | 'cookies'> {
  secretKey: Buffer;
}

/** All of /playground. Mount it for development only. */
export function playgroundRoutes(services: Deps): Router {
  const key = deriveKey(services.secretKey, 'playground');
  const deps = { ...services, key, cookies: playgroundCookies({ ...services, key }) };
  const router = new Router({ prefix: '/playground' });
  for (const part of [playedClientRoutes, playgroundLoginRoutes, playgroundTokenRoutes]) {
    router.use(part(deps).routes());
  }
  return router;
}
