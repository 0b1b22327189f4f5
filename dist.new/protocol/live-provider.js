import { loadKeySet } from './keys/signing-keys.js';
import { createProvider } from './provider.js';
import { recordProviderEvents } from './provider-events.js';
export function createLiveProvider(deps) {
    let provider;
    async function build() {
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
//# sourceMappingURL=live-provider.js.map