// The protocol itself: oidc-provider, configured by one factory to RFC 9700 and OAuth 2.1. It is built
// anew whenever the keys change, so nothing may be set on an instance anywhere but here.
import { type Client, type Configuration, Provider } from 'oidc-provider';
import type { JWK } from 'jose';
import { createSafeFetch } from '../foundation/safe-fetch.ts';
import type { Config } from '../config.ts';
import { CLAIMS_OF_SCOPE, findAccount } from './accounts/account-claims.ts';
import { overrideClients, registrationOf } from './clients/client-model.ts';
import {
  AUTH_METHODS,
  IDENTITY_SCOPES,
  SIGNING_ALGS,
  USUAL_SCOPE,
} from './clients/client-presets.ts';
import { overrideDevicePolling } from './devices/device-polling.ts';
import { loadExistingGrant } from './grants/existing-grant.ts';
import { ACR_VALUES } from './interactions/assurance.ts';
import { signInPolicy } from './interactions/interaction-policy.ts';
import { TokenSigner } from './keys/token-signer.ts';
import type { ProviderDeps } from './provider-deps.ts';
import { ROUTES } from './protocol-paths.ts';
import { overrideIdTokenHints } from './id-token-hints.ts';
import { providerFeatures } from './provider-features.ts';
import { renderError } from './provider-pages.ts';
import type { Succession } from './refresh-succession.ts';
import { overrideReplayDetection } from './replay-detection.ts';
import { overrideSessions } from './sessions/session-model.ts';
import { createStorageAdapter } from './storage-adapter.ts';
import { authenticationClaims } from './token-claims.ts';
import { tokenLifetimes } from './token-lifetimes.ts';
import { refreshPolicy } from './refresh-policy.ts';
import { assertClientAssertion } from './client-assertion.ts';

/** @param keys the private key set, per algorithm the signing key first */
export function createProvider(deps: ProviderDeps, keys: JWK[]): Provider {
  const provider = new Provider(deps.config.issuer, configuration(deps, keys));
  provider.proxy = true; // forwarded headers are ours alone by now: see http/client-address.ts
  overrideClients(provider, deps);
  overrideSessions(provider, deps);
  overrideReplayDetection(provider, deps);
  overrideIdTokenHints(provider);
  overrideDevicePolling(provider, deps);
  deriveSuccessors(provider, deps.succession);
  return provider;
}

function configuration(deps: ProviderDeps, keys: JWK[]): Configuration {
  const { config, languages } = deps;
  const policy = signInPolicy(deps);
  return {
    adapter: createStorageAdapter(deps),
    jwks: { keys: keys.map((key) => new TokenSigner(key)) },
    routes: ROUTES,
    cookies: cookies(deps),
    scopes: [...IDENTITY_SCOPES],
    claims: CLAIMS_OF_SCOPE,
    discovery: {
      ui_locales_supported: [...languages.locales],
      prompt_values_supported: ['none', ...policy.map(({ name }) => name)],
    },
    acrValues: ACR_VALUES,
    responseTypes: ['code'],
    clientAuthMethods: [...AUTH_METHODS],
    clientDefaults: { id_token_signed_response_alg: 'ES256', scope: USUAL_SCOPE },
    enabledJWA: asymmetricOnly(),
    allowOmittingSingleRegisteredRedirectUri: false,
    enableHttpPostMethods: config.insecurePostAuthorization,
    pkce: { required: (_, client) => needsPkce(config, client) },
    assertJwtClientAuthClaimsAndHeader: assertClientAssertion,
    features: providerFeatures(deps),
    ttl: tokenLifetimes(config),
    findAccount: (_, id, token) => findAccount(deps, id, token as { amr?: string[] }),
    loadExistingGrant: (ctx) => loadExistingGrant(deps, ctx),
    extraTokenClaims: authenticationClaims,
    ...refreshPolicy,
    clientBasedCORS: (_, origin, client) => isOwnOrigin(origin, client),
    interactions: { policy, url: (_, { uid }) => `/interaction/${uid}` },
    renderError,
    fetch: createSafeFetch({ allowPrivateAddresses: config.insecurePrivateAddresses }),
    fetchResponseBodyLimits: { jwks_uri: 64 * 1024, sector_identifier_uri: 64 * 1024 },
    extraParams: [],
  };
}

function cookies({ config, cookieKeys }: ProviderDeps): Configuration['cookies'] {
  const secure = config.issuer.startsWith('https:');
  const prefix = secure ? '__Host-' : '';
  const sameSite = config.insecurePostAuthorization ? ('none' as const) : ('lax' as const);
  const common = { httpOnly: true, secure, sameSite, signed: true };
  return {
    keys: cookieKeys,
    names: {
      session: `${prefix}latchkey_session`,
      interaction: `${secure ? '__Secure-' : ''}latchkey_interaction`,
      resume: `${secure ? '__Secure-' : ''}latchkey_resume`,
    },
    long: { ...common, path: '/' },
    short: common,
  };
}

/** No HS* anywhere: client secrets are kept as hashes, and a shared key proves nothing to a third party. */
function asymmetricOnly(): Configuration['enabledJWA'] {
  const accepted = ['RS256', 'PS256', 'ES256', 'Ed25519', 'EdDSA'] as const;
  return {
    clientAuthSigningAlgValues: [...accepted],
    idTokenSigningAlgValues: [...SIGNING_ALGS],
    userinfoSigningAlgValues: [...SIGNING_ALGS],
    dPoPSigningAlgValues: ['ES256', 'Ed25519', 'EdDSA'],
  };
}

function needsPkce(config: Config, client: Client): boolean {
  if (client.clientAuthMethod === 'none') return true;
  return registrationOf(client).requirePkce && !config.insecurePkceOptional;
}

/** CORS for public clients from the origins of their own redirect URIs, never from `null`. */
function isOwnOrigin(origin: string, client: Client) {
  if (origin === 'null' || client.clientAuthMethod !== 'none') return false;
  return client.redirectUris?.some((uri) => URL.parse(uri)?.origin === origin) ?? false;
}

function deriveSuccessors(provider: Provider, succession: Succession): void {
  const { prototype } = provider.RefreshToken;
  const inherited: () => string = Reflect.get(prototype, 'generateTokenId');
  Object.assign(prototype, {
    generateTokenId(this: object): string {
      const rotated = Provider.ctx?.oidc.entities.RotatedRefreshToken;
      return rotated ? succession.successorOf(rotated.jti) : inherited.call(this);
    },
  });
}
