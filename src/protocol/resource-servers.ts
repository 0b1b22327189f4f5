// Which API a token is for (RFC 8707), and what it may say there. A client is allowed named permissions
// of named APIs; asking for more is invalid_scope, asking for another API invalid_target.
import { type Client, errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider';
import { IDENTITY_SCOPES } from './clients/client-presets.ts';
import { registrationOf } from './clients/client-model.ts';
import type { AllowedApi, RegisteredClient } from './clients/registered-client.ts';
import { lowestLevel } from './interactions/assurance.ts';
import { remembered } from './remembered.ts';

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

  refuseLowLevel(ctx, api);
  const { resource, scope } = ctx.oidc.params ?? {};
  if (isClientCredentials(ctx) && resource === identifier && typeof scope === 'string')
    return resourceServerOfService(api, scope);

  if (asksForScopes(ctx)) {
    const named = apisNamedIn(ctx, registration);
    applyDefaultScope(ctx, registration, named);
    refuseExcess(named, requestedScopes(ctx), isClientCredentials(ctx));
  }
  return toResourceServer(api);
}

/**
 * Where a token is made, the sign-in behind it is long over: what the API has come to demand since is not reached by
 * repeating it, but by another one. A service is nobody who could sign in.
 */
function refuseLowLevel({ oidc }: KoaContextWithOIDC, { level }: AllowedApi): void {
  const { AuthorizationCode, DeviceCode, RefreshToken } = oidc.entities;
  const source = oidc.route === 'token' && (AuthorizationCode ?? DeviceCode ?? RefreshToken);
  if (!source || level === 1 || lowestLevel([source.acr ?? '']) === 2) return;
  throw new errors.InvalidGrant('the sign-in did not reach the level that the resource demands');
}

const resourceServerOfService = remembered((api: AllowedApi, scope: string): ResourceServer => {
  refuseExcess([api], listed(scope), true);
  return toResourceServer(api);
});

function toResourceServer(api: AllowedApi): ResourceServer {
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
  if (oneOf) return firstGranted(ctx, oneOf);
  if (!asksForScopes(ctx)) return [];

  const registration = registrationOf(client);
  if (isClientCredentials(ctx) && asksForNothing(ctx)) return apiOfService(ctx, registration);
  applyDefaultScope(ctx, registration, registration.apis);
  const scopes = requestedScopes(ctx);
  if (isClientCredentials(ctx)) return resourceOfService(registration, scopes.join(' '));

  refuseExcess(registration.apis, scopes, false);
  return resourceOf(registration, scopes);
}

const resourceOfService = remembered((registration: RegisteredClient, scope: string) => {
  refuseExcess(registration.apis, listed(scope), true);
  return resourceOf(registration, listed(scope));
});

function resourceOf({ apis }: RegisteredClient, scopes: string[]): string | string[] {
  const permissions = scopes.filter((scope) => !identityScopes.has(scope));
  const needed = apis.filter((api) => permissions.some((name) => has(api, name)));
  const enough = needed.find((api) => permissions.every((name) => has(api, name)));
  return enough ? enough.identifier : needed.map(({ identifier }) => identifier);
}

/**
 * The provider's `useGrantedResource`: a token is for the API that was asked for, unless the request asks for identity
 * scopes alone, or nothing else was granted; then it is for the userinfo endpoint.
 */
export function asksForPermissions(ctx: KoaContextWithOIDC): boolean {
  const { Grant: grant } = ctx.oidc.entities;
  if (!asksForNothing(ctx)) return requestedPermissions(ctx).length > 0;
  return !grant || Object.keys(grant.resources ?? {}).some((id) => grant.getResourceScope(id));
}

/** A grant may cover several APIs, a token only one: the first that the request asks of, or that was granted anything. */
function firstGranted(ctx: KoaContextWithOIDC, identifiers: readonly string[]): string | string[] {
  const { Grant: grant } = ctx.oidc.entities;
  const asked = requestedPermissions(ctx);
  const grantedOf = (id: string) => (grant?.getResourceScope(id) ?? '').split(' ').filter(Boolean);
  const first =
    identifiers.find(
      (id) => asked.length > 0 && asked.every((one) => grantedOf(id).includes(one)),
    ) ?? identifiers.find((id) => grantedOf(id).length > 0);
  return first ?? identifiers[0] ?? [];
}

/** A service that asks for nothing in particular gets what its default says of the first API there. */
function apiOfService(ctx: KoaContextWithOIDC, registration: RegisteredClient): string | string[] {
  const { apis, defaultScope } = registration;
  const usual = defaultScope.split(' ');
  const first = apis.find((api) => usual.some((scope) => has(api, scope))) ?? apis[0];
  if (!first || (defaultScope === '' && apis.length > 1)) return [];

  applyDefaultScope(ctx, registration, [first]);
  return first.identifier;
}

/** A request without `scope` gets the client's default rather than an error (RFC 6749 §3.3), as far as the APIs go. */
function applyDefaultScope(
  ctx: KoaContextWithOIDC,
  { defaultScope, apis: all }: RegisteredClient,
  apis: AllowedApi[],
): void {
  const { params } = ctx.oidc;
  if (!params || params['scope'] !== undefined) return;

  const fits = (scope: string) =>
    apis.some((api) => has(api, scope)) || !all.some((api) => has(api, scope));
  const scope = defaultScope.split(' ').filter(fits).join(' ');
  if (scope) params['scope'] = scope;
}

function refuseExcess(apis: AllowedApi[], scopes: string[], isService: boolean): void {
  const excess = scopes.find((scope) =>
    identityScopes.has(scope) ? isService : !apis.some((api) => has(api, scope)),
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
  return typeof scope === 'string' ? listed(scope) : [];
}

const listed = (scope: string) => scope.split(' ').filter(Boolean);

const asksForNothing = (ctx: KoaContextWithOIDC) => requestedScopes(ctx).length === 0;

const requestedPermissions = (ctx: KoaContextWithOIDC) =>
  requestedScopes(ctx).filter((scope) => !identityScopes.has(scope));

const has = ({ permissions }: AllowedApi, scope: string) =>
  permissions.some(({ name }) => name === scope);
