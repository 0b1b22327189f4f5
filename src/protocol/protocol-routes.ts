// The provider as part of our application: what comes before it sees a request, and what becomes of
// its answer. Which requests that are, protocol-paths.ts says.
import { createHash } from 'node:crypto';
import type { Context, Middleware, Next } from 'koa';
import type { Provider } from 'oidc-provider';
import type { Config } from '../config.ts';
import type { Clock } from '../foundation/clock.ts';
import { assertFromHere } from '../http/csrf.ts';
import { requestFacts } from '../http/request-context.ts';
import { allowFormRedirects } from '../http/security-headers.ts';
import { appendAuditEvent } from '../operations/audit/audit-log.ts';
import type { Logger } from '../operations/log.ts';
import type { Database } from '../storage/database.ts';
import { isUnavailable } from '../storage/database-errors.ts';
import { RESPONSE_MODES, SECRET_PLACEHOLDER } from './clients/client-metadata.ts';
import type { ClientRegistry } from './clients/client-registry.ts';
import { settleIssuance } from './issuance.ts';
import { introspectJwt } from './jwt-introspection.ts';
import { KEYS_CACHE_SECONDS } from './keys/signing-keys.ts';
import type { LiveProvider } from './live-provider.ts';
import {
  countGuess,
  countRow,
  type LimitDeps,
  makesRows,
  refuseBlocked,
} from './protocol-limits.ts';
import { oidcOf } from './oidc-context.ts';
import { DEVICE_CONFIRMATION, isProtocolPath, ROUTES } from './protocol-paths.ts';
import { hasFailed, refusalOf, serverErrorOf } from './provider-events.ts';
import { auditOfRefusal, isGuess } from './provider-refusals.ts';
import { showSelfSentForm } from './self-sent-forms.ts';
import type { Succession } from './refresh-succession.ts';
import { burnRefusedCode } from './refused-codes.ts';

interface Deps extends LimitDeps {
  config: Config;
  db: Database;
  clock: Clock;
  log: Logger;
  live: LiveProvider;
  registry: ClientRegistry;
  succession: Succession;
}

export function protocolRoutes(deps: Deps): Middleware {
  const compiled = new WeakMap<Provider, Middleware>();

  async function answer(ctx: Context, next: Next): Promise<void> {
    const provider = await deps.live.current();
    const run = compiled.get(provider) ?? compile(provider);
    compiled.set(provider, run);
    await run(ctx, next);
  }

  return async (ctx, next) => {
    if (!isProtocolPath(ctx.path)) {
      await next();
      return;
    }
    if (ctx.path === DEVICE_CONFIRMATION && ctx.method !== 'POST') return goToDeviceCode(ctx);
    if (ctx.path === DEVICE_CONFIRMATION) ctx.path = ROUTES.code_verification;
    await admit(deps, ctx);
    await answer(ctx, next);
    await settle(deps, ctx);
  };
}

/** The confirmation follows a form, and nothing else leads there. */
function goToDeviceCode(ctx: Context): void {
  ctx.status = 303;
  ctx.redirect(ROUTES.code_verification);
}

/** What is decided before the provider sees the request. @throws DomainError forged_request, rate_limited */
async function admit(deps: Deps, ctx: Context): Promise<void> {
  if (isOwnForm(ctx)) assertFromHere(ctx);
  refuseBlocked(deps, ctx);
  if (makesRows(ctx)) await countRow(deps, ctx);
  if (ctx.path === ROUTES.authorization) await applyDefaultScope(deps, ctx);
  if (mayLeadToClient(ctx)) allowFormRedirects(ctx);
}

/** What becomes of its answer. */
async function settle(deps: Deps, ctx: Context): Promise<void> {
  if (ctx.path === ROUTES.introspection && (await introspectJwt(deps, ctx))) return;
  if (oidcOf(ctx)?.route === 'token') await settleIssuance(deps, ctx);
  if (hasFailed(ctx)) await settleFailure(deps, ctx);
  finishAnswer(ctx);
}

const mayLeadToClient = ({ path }: Context) =>
  [ROUTES.authorization, ROUTES.end_session, ROUTES.code_verification].some((prefix) =>
    path.startsWith(prefix),
  );

/** The provider checks the token of these forms itself, but not where they came from. */
const isOwnForm = ({ method, path }: Context) =>
  method === 'POST' && [ROUTES.code_verification, `${ROUTES.end_session}/confirm`].includes(path);

function compile(provider: Provider): Middleware {
  const { middleware } = provider as unknown as { middleware: Middleware[] };
  const [only] = middleware;
  if (!only || middleware.length > 1)
    throw new Error('The provider is expected to be one middleware.');
  return (ctx: Context, next: Next) => only(ctx, next);
}

/** A request without `scope` gets its client's default; done here because later steps look at `scope` first. */
async function applyDefaultScope({ registry }: Deps, ctx: Context): Promise<void> {
  const { client_id: id, scope, request_uri: pushed } = ctx.query;
  if (ctx.method !== 'GET') return;
  if (typeof id !== 'string' || scope !== undefined || pushed !== undefined) return;

  const client = await registry.find(id);
  if (client?.defaultScope) ctx.query = { ...ctx.query, scope: client.defaultScope };
}

async function settleFailure(deps: Deps, ctx: Context): Promise<void> {
  const failure = serverErrorOf(ctx);
  if (failure && isUnavailable(failure)) throw failure;
  if (failure) deps.log.error({ err: failure }, 'the protocol failed');

  const refusal = refusalOf(ctx);
  if (!refusal) return;
  const entry = auditOfRefusal(ctx, refusal);
  if (entry) {
    await deps.rateLimits.consume('refusals', requestFacts(ctx).address);
    await appendAuditEvent(deps.db, deps.clock.now(), entry);
  }
  await burnRefusedCode(deps.db, ctx, refusal);
  if (isGuess(refusal)) await countGuess(deps, ctx);
}

function finishAnswer(ctx: Context): void {
  if (ctx.path === ROUTES.jwks || ctx.path.startsWith('/.well-known/')) cacheable(ctx);
  if (ctx.path.startsWith(ROUTES.registration)) hidePlaceholder(ctx);
  showSelfSentForm(ctx);
  leadToStep(ctx);
}

/** Relying parties may keep keys and metadata for a while: a new key is published long before it signs. */
function cacheable(ctx: Context): void {
  if (ctx.status !== 200 || typeof ctx.body !== 'object') return;
  const body = ctx.body as Record<string, unknown>;
  if (body['response_modes_supported']) body['response_modes_supported'] = RESPONSE_MODES;
  ctx.body = JSON.stringify(ctx.body);
  ctx.type = 'json';
  ctx.set('Cache-Control', `public, max-age=${KEYS_CACHE_SECONDS}`);
  ctx.set('Access-Control-Allow-Origin', '*');
  ctx.etag = createHash('sha256')
    .update(ctx.body as string)
    .digest('base64url');
  if (ctx.fresh) ctx.status = 304;
}

function hidePlaceholder(ctx: Context): void {
  const body = ctx.body as Record<string, unknown> | undefined;
  if (body?.['client_secret'] !== SECRET_PLACEHOLDER) return;
  delete body['client_secret'];
  delete body['client_secret_expires_at'];
}

/** Saves the browser one redirect: the provider knows only /interaction/:uid, we know which step is due. */
function leadToStep(ctx: Context): void {
  const { Interaction: interaction } = oidcOf(ctx)?.entities ?? {};
  const location = ctx.response.get('Location');
  if (interaction && location === `/interaction/${interaction.uid}`) {
    ctx.set('Location', `${location}/${interaction.prompt.name.replace('_', '-')}`);
  }
}
