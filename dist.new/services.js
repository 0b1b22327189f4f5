// Everything the surfaces are built on, made once per process. The table of what exists, and in which order.
import { systemClock } from './foundation/clock.js';
import { createPasswordHashing } from './identity/passwords/password-hash.js';
import { createLogger } from './operations/log.js';
import { createRateLimits } from './operations/rate-limiter.js';
import { createClientAdapter } from './protocol/clients/client-adapter.js';
import { createClientRegistry } from './protocol/clients/client-registry.js';
import { createFreshness } from './protocol/freshness.js';
import { createLiveProvider } from './protocol/live-provider.js';
import { createSuccession } from './protocol/refresh-succession.js';
import { connectDatabase } from './storage/database.js';
import { deriveKey, loadSecretKey } from './storage/secret-key.js';
/** Connects to the database and makes the services; changes nothing there. */
export async function openServices(config, replace = {}) {
    const { clock = systemClock, log = createLogger(config) } = replace;
    const secretKey = loadSecretKey(config);
    const keys = deriveKeys(secretKey);
    const db = await connectDatabase(config);
    const base = { config, clock, log, db, secretKey, ...keys };
    const freshness = createFreshness(base);
    const registry = createClientRegistry({ db, freshness });
    const succession = createSuccession({ ...base, key: keys.successionKey, graceSeconds: config.refreshGraceSeconds });
    const clientAdapter = createClientAdapter(base);
    const protocol = { ...base, freshness, registry, succession, clientAdapter };
    return {
        ...protocol,
        live: createLiveProvider(protocol),
        passwordHashing: createPasswordHashing({
            concurrency: config.passwordHashConcurrency,
            queue: config.passwordHashQueue,
        }),
        rateLimits: createRateLimits(base),
        close: () => db.$disconnect(),
    };
}
/** One secret, a key for each use of it. */
function deriveKeys(secretKey) {
    return {
        stateKey: deriveKey(secretKey, 'protocol state'),
        keySealing: deriveKey(secretKey, 'signing keys'),
        successionKey: deriveKey(secretKey, 'refresh token succession'),
        dpopNonceSecret: deriveKey(secretKey, 'dpop nonces'),
        csrfKey: deriveKey(secretKey, 'forgery tokens'),
        cookieKeys: [deriveKey(secretKey, 'cookies').toString('base64url')],
    };
}
//# sourceMappingURL=services.js.map