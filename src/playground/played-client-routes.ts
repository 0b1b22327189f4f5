// Choosing a client, preparing it, and choosing what to ask for. Open to everybody who reaches the playground.
import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { assertNotForged, csrfToken } from '../http/csrf.ts';
import { readForm, readParams, readQuery } from '../http/input.ts';
import { render } from '../http/render.ts';
import { requestFacts } from '../http/request-context.ts';
import type { RegisteredClient } from '../protocol/clients/registered-client.ts';
import {
  addShortLivedSecret,
  createExampleClient,
  describeClient,
  getPlayedClient,
  hasRedirects,
  hasSecret,
  listPlayedClients,
  obstacleTo,
  registerRedirects,
} from './playground-clients.ts';
import { clientPath, goTo, type PlaygroundDeps } from './playground-connection.ts';
import { PENDING_SECONDS, SECRET_SECONDS } from './playground-state.ts';
import { choicesFor, loginForm, toChoices } from './request-choices.ts';
import { newLogin, urisOf } from './relying-party.ts';

const button = z.object({ csrf: z.string().optional() });
const existingClient = z.object({ id: z.string().max(200) });
const arrival = z.object({ state: z.string().optional().catch(undefined) });

export function playedClientRoutes(deps: PlaygroundDeps): Router {
  const router = new Router();
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

  router.post('/clients/:id/requests', async (ctx) => {
    const form = await readForm(ctx, loginForm);
    assertNotForged(ctx, form.csrf);
    const client = await clientOf(deps, ctx);
    const expiresAt = new Date(deps.clock.now().getTime() + PENDING_SECONDS * 1000);
    deps.cookies.keepPending(ctx, newLogin(client, toChoices(form), expiresAt));
    goTo(ctx, '/playground/request');
  });

  return router;
}

/** For buttons that leave rows behind. */
async function acceptButton({ rateLimits }: PlaygroundDeps, ctx: Context): Promise<void> {
  const { csrf } = await readForm(ctx, button);
  assertNotForged(ctx, csrf);
  await rateLimits.consume('anonymousRows', requestFacts(ctx).address);
}

function clientOf(deps: PlaygroundDeps, ctx: Context): Promise<RegisteredClient> {
  return getPlayedClient(deps, readParams(ctx, existingClient).id);
}

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
