// Rate limits by name (rate-limit-table.ts), counted in the database so that all nodes share them. Keys are stored
// hashed, since they hold logins and addresses. Counting runs in statements of its own: never call it inside a
// transaction.
import { createHash } from 'node:crypto';
import { networkPrefix } from './network-prefix.js';
import { createCounter, tooMany } from './rate-counter.js';
import { RATE_LIMITS } from './rate-limit-table.js';
export function createRateLimits(deps) {
    if (deps.config.insecureNoRateLimits)
        return UNLIMITED;
    const counters = new Map(Object.entries(RATE_LIMITS).map(([name, limit]) => [
        name,
        createCounter(deps, name, limit),
    ]));
    const at = (name) => {
        const counter = counters.get(name);
        if (!counter)
            throw new TypeError(`There is no rate limit ${name}.`);
        return counter;
    };
    return {
        consume: (name, key) => at(name).consume(hashed(key)),
        isBlocked: (name, key) => at(name).blockedMs(hashed(key)) > 0,
        assertNotBlocked(name, key) {
            const blockedMs = at(name).blockedMs(hashed(key));
            if (blockedMs > 0)
                throw tooMany(name, blockedMs);
        },
        reward: (name, key) => at(name).reward(hashed(key)),
        reset: (name, key) => at(name).reset(hashed(key)),
    };
}
const UNLIMITED = {
    consume: () => Promise.resolve(),
    isBlocked: () => false,
    assertNotBlocked: () => undefined,
    reward: () => Promise.resolve(),
    reset: () => Promise.resolve(),
};
function hashed(key) {
    const parts = (typeof key === 'string' ? [key] : key).map(networkPrefix);
    return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
//# sourceMappingURL=rate-limiter.js.map