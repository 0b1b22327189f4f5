// The playground: a relying party inside the server, to see and to try what an application does. Everybody who reaches
// it may use it, and it shows tokens, so it exists only where the development pages do.
import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm, readParams, readQuery } from '../http/input.ts';
import { render } from '../http/render.ts';
import { requestFacts } from '../http/request-context.ts';
import type { RateLimits } from '../operations/rate-limiter.ts';
import type { RegisteredClient } from '../protocol/clients/registered-client.ts';
import { deriveKey } from '../storage/secret-key.ts';
import {
  addShortLivedSecret,
  createExampleClient,
  describeClient,
  getPlayedClient,
  hasRedirects,
  hasSecret,
  listPlayedClients,
  obstacleTo,
  type PlayedClientDeps,
  registerRedirects,
} from './playground-clients.ts';
import { type PlaygroundCookies, playgroundCookies } from './playground-cookies.ts';
import { addLoginRoutes } from './playground-login-routes.ts';
import { SECRET_SECONDS } from './playground-state.ts';
import { addTokenRoutes } from './playground-token-routes.ts';
import { choicesFor } from './request-choices.ts';
import { urisOf } from './relying-party.ts';

interface Deps extends PlayedClientDeps {
  secretKey: Buffer;
  rateLimits: Pick<RateLimits, 'consume'>;
}

export interface PlaygroundDeps extends Deps {
  /** Seals what the browser keeps. */
  key: Buffer;
  cookies: PlaygroundCookies;
}

const button = z.object({ csrf: z.string().optional() });
const existingClient = z.object({ id: z.string().max(200) });

/** All of /playground. Mount it for development only. */
export function playgroundRoutes(services: Deps): Router {
  const key = deriveKey(services.secretKey, 'playground');
  const deps = { ...services, key, cookies: playgroundCookies({ ...services, key }) };
  const router = new Router({ prefix: '/playground' });
  addClientRoutes(router, deps);
  addLoginRoutes(router, deps);
  addTokenRoutes(router, deps);
  return router;
}

function addClientRoutes(router: Router, deps: PlaygroundDeps): void {
  router.get('/', (ctx) => showClients(deps, ctx));

  router.post('/clients', async (ctx) => {
    await acceptButton(deps, ctx);
    const id = await createExampleClient(deps);
    goTo(ctx, id ? clientPath(id) : '/playground');
  });

  router.get('/clients/:id', async (ctx) => showClient(deps, ctx, await clientOf(deps, ctx)));

  router.post('/clients/:id/redirects', async (ctx) => {
    await acceptButton(deps, ctx);
    const client = await clientOf(deps, ctx);
    await registerRedirects(deps, client);
    goTo(ctx, clientPath(client.id));
  });

  router.post('/clients/:id/secrets', async (ctx) => {
    await acceptButton(deps, ctx);
    const client = await clientOf(deps, ctx);
    deps.cookies.keepSecret(ctx, await addShortLivedSecret(deps, client));
    goTo(ctx, clientPath(client.id));
  });
}

async function acceptButton({ rateLimits }: PlaygroundDeps, ctx: Context): Promise<void> {
  const { csrf } = await readForm(ctx, button);
  assertNotForged(ctx, csrf);
  await rateLimits.consume('anonymousRows', requestFacts(ctx).address);
}

/** @throws DomainError client_not_found, client_not_playable */
export function clientOf(deps: PlaygroundDeps, ctx: Context): Promise<RegisteredClient> {
  return getPlayedClient(deps, readParams(ctx, existingClient).id);
}

export const clientPath = (id: string): string => `/playground/clients/${encodeURIComponent(id)}`;

/** After a form that did something. */
export function goTo(ctx: Context, url: string): void {
  ctx.status = 303;
  ctx.redirect(url);
}

const arrival = z.object({ state: z.string().optional().catch(undefined) });

async function showClients(deps: PlaygroundDeps, ctx: Context): Promise<void> {
  const { clients, isEmpty, isShortened } = await listPlayedClients(deps);
  render(ctx, 'playground/clients', {
    csrf: csrfToken(ctx),
    action: '/playground/clients',
    clients: clients.map((client) => ({
      ...describeClient(client),
      action: clientPath(client.id),
      fault: obstacleTo(client),
    })),
    isEmpty,
    isShortened,
    isSignedOut: readQuery(ctx, arrival).state === 'signed-out',
  });
}

function showClient(deps: PlaygroundDeps, ctx: Context, client: RegisteredClient): void {
  const path = clientPath(client.id);
  const isRegistered = hasRedirects(deps, client);
  const isSecretReady = !hasSecret(client) || deps.cookies.readSecret(ctx, client.id) !== undefined;
  render(ctx, 'playground/client', {
    csrf: csrfToken(ctx),
    client: describeClient(client),
    redirects: { action: `${path}/redirects`, isRegistered, ...urisOf(deps.config.issuer) },
    ...(hasSecret(client) && {
      secret: { action: `${path}/secrets`, minutes: SECRET_SECONDS / 60, isReady: isSecretReady },
    }),
    ...(isRegistered && isSecretReady && { form: choicesFor(client, `${path}/requests`) }),
  });
}
