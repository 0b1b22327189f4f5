// The provider in service. It is swapped whole when the signing keys change, which takes about a
// millisecond; requests under way finish on the one they began with.
import { createLocalJWKSet, type JWK, type JWTVerifyGetKey } from 'jose';
import type { Provider } from 'oidc-provider';
import type { Freshness } from './freshness.ts';
import { rememberAccounts } from './accounts/account-memory.ts';
import { loadKeySet } from './keys/signing-keys.ts';
import type { ProviderDeps } from './provider-deps.ts';
import { createProvider } from './provider.ts';
import { recordProviderEvents, type EventDeps } from './provider-events.ts';

export interface LiveProvider {
  /** The provider with the keys of this moment. */
  current(): Promise<Provider>;
  /** The public halves of its keys, for verifying what it signed. */
  verificationKeys(): Promise<JWTVerifyGetKey>;
}

type Deps = ProviderDeps & EventDeps & { freshness: Freshness; keySealing: Buffer };

interface InService {
  provider: Provider;
  keys: JWTVerifyGetKey;
}

export function createLiveProvider(deps: Deps): LiveProvider {
  let inService: InService | undefined;

  async function build(): Promise<InService> {
    const keys = await loadKeySet(deps);
    const provider = createProvider(deps, keys);
    recordProviderEvents(provider, deps);
    rememberAccounts(provider, deps);
    return { provider, keys: createLocalJWKSet({ keys: keys.map(publicHalf) }) };
  }

  const fresh = () => (deps.freshness.isFresh() ? inService : undefined);

  async function get(): Promise<InService> {
    await deps.freshness.ensure();
    inService ??= await build();
    return inService;
  }

  deps.freshness.on('keys', async () => {
    inService = await build();
  });

  return {
    current: async () => (fresh() ?? (await get())).provider,
    verificationKeys: async () => (await get()).keys,
  };
}

function publicHalf(key: JWK): JWK {
  const { kty, kid, alg, use, crv, x, y, n, e } = key;
  const members = Object.entries({ kty, kid, alg, use, crv, x, y, n, e });
  return Object.fromEntries(members.filter(([, value]) => value !== undefined)) as JWK;
}
