// The provider in service. It is swapped whole when the signing keys change, which takes about a
// millisecond; requests under way finish on the one they began with.
import type { Provider } from 'oidc-provider';
import type { Freshness } from './freshness.ts';
import { loadKeySet } from './keys/signing-keys.ts';
import type { ProviderDeps } from './provider-deps.ts';
import { createProvider } from './provider.ts';
import { recordProviderEvents, type EventDeps } from './provider-events.ts';

export interface LiveProvider {
  /** The provider with the keys of this moment. */
  current(): Promise<Provider>;
}

type Deps = ProviderDeps & EventDeps & { freshness: Freshness; keySealing: Buffer };

export function createLiveProvider(deps: Deps): LiveProvider {
  let provider: Provider | undefined;

  async function build(): Promise<Provider> {
    const built = createProvider(deps, await loadKeySet(deps));
    recordProviderEvents(built, deps);
    return built;
  }

  deps.freshness.on('keys', async () => {
    provider = await build();
  });

  return {
    async current() {
      await deps.freshness.ensure();
      provider ??= await build();
      return provider;
    },
  };
}
