// How the provider finds its clients and checks their secrets, in place of its own way: from the
// registry, without hashing each row anew, and against several hashed secrets.
import { type Client, errors, Provider } from 'oidc-provider';
import type { Clock } from '../../foundation/clock.ts';
import { SECRET_PLACEHOLDER, toClientMetadata } from './client-metadata.ts';
import type { ClientRegistry } from './client-registry.ts';
import { isClientSecret } from './client-secrets.ts';
import type { RegisteredClient } from './registered-client.ts';

interface Deps {
  clock: Clock;
  registry: ClientRegistry;
}

const registered = new WeakMap<object, RegisteredClient>();

/** The registration behind the provider's client. */
export function registrationOf(client: object): RegisteredClient {
  const found = registered.get(client);
  if (!found) throw new Error('This client did not come from the registry.');
  return found;
}

export function overrideClients(provider: Provider, { clock, registry }: Deps): void {
  const built = new WeakMap<RegisteredClient, Client>();
  const ClientModel = provider.Client as unknown as new (metadata: object) => Client;

  Object.assign(provider.Client, {
    async find(id: unknown): Promise<Client | undefined> {
      if (typeof id !== 'string' || id === '') return undefined;
      const registration = await registry.find(id);
      if (!registration) return undefined;

      const known = built.get(registration);
      if (known) return known;

      const client = new ClientModel(toClientMetadata(registration));
      if (client.clientSecret) overrideSecret(client, registration, clock);
      built.set(registration, client);
      registered.set(client, registration);
      return client;
    },
  });

  const inherited: (this: Client, type: string) => boolean = Reflect.get(
    provider.Client.prototype,
    'grantTypeAllowed',
  );
  Object.assign(provider.Client.prototype, {
    /** At the token endpoint the refusal has a name of its own (RFC 6749 §5.2), which the provider does not give it. */
    grantTypeAllowed(this: Client, type: string): boolean {
      if (inherited.call(this, type)) return true;
      if (isTokenRequest(type))
        throw new errors.UnauthorizedClient('this client may not use this grant type');
      return false;
    },
    async compareClientSecret(this: Client, presented: string): Promise<boolean> {
      return isClientSecret(registrationOf(this), presented, clock.now());
    },
  });
}

function isTokenRequest(grantType: string): boolean {
  const { route, params } = Provider.ctx?.oidc ?? {};
  return route === 'token' && params?.['grant_type'] === grantType;
}

/** A client that changes its registration may repeat its secret (RFC 7592 §2.2), which the provider then compares. */
function overrideSecret(client: Client, registration: RegisteredClient, clock: Clock): void {
  Object.defineProperty(client, 'clientSecret', {
    get(): string {
      const { route, body } = Provider.ctx?.oidc ?? {};
      const repeated = route === 'client_update' ? body?.['client_secret'] : undefined;
      return typeof repeated === 'string' && isClientSecret(registration, repeated, clock.now())
        ? repeated
        : SECRET_PLACEHOLDER;
    },
  });
}
