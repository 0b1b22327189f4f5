import { findClientRow } from './client-store.js';
import { toRegisteredClient } from './registered-client.js';
const MOST_REMEMBERED = 10_000;
export function createClientRegistry({ db, freshness }) {
    let remembered = new Map();
    const forget = () => {
        remembered = new Map();
    };
    freshness.on('clients', forget);
    freshness.on('apis', forget);
    return {
        async find(id) {
            await freshness.ensure();
            const known = remembered.get(id);
            if (known)
                return known;
            if (remembered.size >= MOST_REMEMBERED)
                forget();
            const generation = remembered;
            const loading = load(db, id);
            generation.set(id, loading);
            loading.catch(() => generation.delete(id));
            return loading;
        },
    };
}
async function load(db, id) {
    const row = await findClientRow(db, id);
    return row && !row.disabledAt ? toRegisteredClient(row) : undefined;
}
//# sourceMappingURL=client-registry.js.map