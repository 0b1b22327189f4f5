// Which API a token is for (RFC 8707), and what it may say there. A client is allowed named permissions
// of named APIs; asking for more is invalid_scope, asking for another API invalid_target.
import { type Client, errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider';
import { IDENTITY_SCOPES } from './clients/client-presets.ts';
import { registrationOf } from './clients/client-model.ts';
import type { AllowedApi, RegisteredClient } from './clients/registered-client.ts';

const identityScopes = new Set<string>(IDENTITY_SCOPES);

/** The provider's `getResourceServerInfo`. */
export function describeResourceServer(
  ctx: KoaContextWithOIDC,
  identifier: string,
  client: Client,
): ResourceServer {
  const registration = registrationOf(client);
  const api = registration.apis.find((one) => one.identifier === identifier);
  if (!api) throw new errors.InvalidTarget('this client may not ask for tokens for that resource');

  if (asksForScopes(ctx)) {
    applyDefaultScope(ctx, registration);
    refuseExcess(ctx, apisNamedIn(ctx, registration));
  }
  return {
    audience: api.identifier,
    scope: api.permissions.map(({ name }) => name).join(' '),
    accessTokenTTL: api.accessTokenSeconds,
    accessTokenFormat: api.tokenFormat,
    ...(api.tokenFormat === 'jwt' && { jwt: { sign: { alg: api.signingAlg as 'ES256' } } }),
  };
}

/**
 * The provider's `defaultResource`: the APIs that the requested permissions belong to, when the request
 * names none. Several only where the request may have several.
 */
export function defaultResource(
  ctx: KoaContextWithOIDC,
  client: Client,
  oneOf?: readonly string[],
): string | string[] {
  if (oneOf) return oneOf.length === 1 ? (oneOf[0] ?? []) : [...oneOf];
  if (!asksForScopes(ctx)) return [];

  const registration = registrationOf(client);
  applyDefaultScope(ctx, registration);
  const permissions = requestedPermissions(ctx);
  if (permissions.length === 0) return onlyApiOfService(ctx, registration);

  refuseExcess(ctx, registration.apis);
  const needed = registration.apis.filter((api) =>
    api.permissions.some(({ name }) => permissions.includes(name)),
  );
  const enough = needed.find((api) => permissions.every((name) => has(api, name)));
  return enough ? enough.identifier : needed.map(({ identifier }) => identifier);
}

/**
 * The provider's `useGrantedResource`: a token is for the API that was asked for, unless the request asks
 * for identity scopes alone; then it is for the userinfo endpoint.
 */
export function asksForPermissions(ctx: KoaContextWithOIDC): boolean {
  return requestedScopes(ctx).length === 0 || requestedPermissions(ctx).length > 0;
}

/** A service that asks for nothing in particular still means its API. */
function onlyApiOfService(ctx: KoaContextWithOIDC, { apis }: RegisteredClient): string | string[] {
  const [only, another] = apis;
  return isClientCredentials(ctx) && only && !another ? only.identifier : [];
}

/** A request without `scope` gets the client's default rather than an error (RFC 6749 §3.3). */
function applyDefaultScope({ oidc }: KoaContextWithOIDC, { defaultScope }: RegisteredClient): void {
  if (oidc.params && oidc.params['scope'] === undefined && defaultScope) {
    oidc.params['scope'] = defaultScope;
  }
}

function refuseExcess(ctx: KoaContextWithOIDC, apis: AllowedApi[]): void {
  const excess = requestedScopes(ctx).find((scope) =>
    identityScopes.has(scope) ? isClientCredentials(ctx) : !apis.some((api) => has(api, scope)),
  );
  if (excess) throw new errors.InvalidScope('requested scope is not allowed', excess);
}

/** Only these requests ask for scopes; the others (redeeming, resuming) repeat what was settled then. */
function asksForScopes(ctx: KoaContextWithOIDC): boolean {
  const routes = ['authorization', 'pushed_authorization_request', 'device_authorization'];
  return isClientCredentials(ctx) || routes.includes(ctx.oidc.route);
}

function isClientCredentials({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.params?.['grant_type'] === 'client_credentials';
}

function apisNamedIn({ oidc }: KoaContextWithOIDC, { apis }: RegisteredClient): AllowedApi[] {
  const named = oidc.params?.['resource'];
  return apis.filter(({ identifier }) =>
    Array.isArray(named) ? named.includes(identifier) : named === identifier,
  );
}

function requestedScopes({ oidc }: KoaContextWithOIDC): string[] {
  const scope = oidc.params?.['scope'];
  return typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [];
}

const requestedPermissions = (ctx: KoaContextWithOIDC) =>
  requestedScopes(ctx).filter((scope) => !identityScopes.has(scope));

const has = ({ permissions }: AllowedApi, scope: string) =>
  permissions.some(({ name }) => name === scope);
