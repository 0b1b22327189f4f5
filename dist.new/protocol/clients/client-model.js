import { toClientMetadata } from './client-metadata.js';
import { isClientSecret } from './client-secrets.js';
const registered = new WeakMap();
/** The registration behind the provider's client. */
export function registrationOf(client) {
    const found = registered.get(client);
    if (!found)
        throw new Error('This client did not come from the registry.');
    return found;
}
export function overrideClients(provider, { clock, registry }) {
    const built = new WeakMap();
    const ClientModel = provider.Client;
    Object.assign(provider.Client, {
        async find(id) {
            if (typeof id !== 'string' || id === '')
                return undefined;
            const registration = await registry.find(id);
            if (!registration)
                return undefined;
            const client = built.get(registration) ?? new ClientModel(toClientMetadata(registration));
            built.set(registration, client);
            registered.set(client, registration);
            return client;
        },
    });
    Object.assign(provider.Client.prototype, {
        async compareClientSecret(presented) {
            return isClientSecret(registrationOf(this), presented, clock.now());
        },
    });
}
//# sourceMappingURL=client-model.js.map