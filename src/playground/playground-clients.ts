// Which clients can be played, and what has to be done to a registration for it. Whoever reaches the playground may do
// that, without being anybody: one of the reasons why production refuses these pages.
import type { Clock } from '../foundation/clock.ts';
import { DomainError } from '../foundation/errors.ts';
import type { PlayedClient } from '../http/playground-views.ts';
import { addRedirectUris } from '../protocol/clients/client-redirects.ts';
import { addClientSecret } from '../protocol/clients/client-secrets.ts';
import {
  createClient,
  getClient,
  listClients,
  unknownClient,
} from '../protocol/clients/clients.ts';
import type { RegisteredClient } from '../protocol/clients/registered-client.ts';
import type { Freshness } from '../protocol/freshness.ts';
import type { Database } from '../storage/database.ts';
import { SECRET_SECONDS, type ShortLivedSecret } from './playground-state.ts';
import { urisOf } from './relying-party.ts';

export interface PlayedClientDeps {
  config: { issuer: string };
  db: Database;
  clock: Clock;
  freshness: Pick<Freshness, 'refresh'>;
}

const MOST_LISTED = 100;
const NOBODY = { type: 'anonymous' } as const;

/** Those that sign people in, the newest first. */
export async function listPlayedClients({ db }: Pick<PlayedClientDeps, 'db'>) {
  const all = await listClients({ db });
  const signingIn = all.filter(signsIn).toReversed();
  return {
    clients: signingIn.slice(0, MOST_LISTED),
    isEmpty: all.length === 0,
    isShortened: signingIn.length > MOST_LISTED,
  };
}

/** @throws DomainError client_not_found, client_not_playable */
export async function getPlayedClient(
  { db }: Pick<PlayedClientDeps, 'db'>,
  id: string,
): Promise<RegisteredClient> {
  const client = await getClient({ db }, id);
  if (!signsIn(client)) throw unknownClient(id);

  const obstacle = obstacleTo(client);
  if (obstacle) throw new DomainError('invalid', 'client_not_playable', obstacle);
  return client;
}

const signsIn = ({ grantTypes }: RegisteredClient) => grantTypes.includes('authorization_code');

/** Why the playground can't stand in for this client, or nothing. */
export function obstacleTo(client: RegisteredClient): string | undefined {
  return OBSTACLES.find(({ when }) => when(client))?.because;
}

const OBSTACLES: { when: (client: RegisteredClient) => boolean; because: string }[] = [
  { when: ({ disabledAt }) => disabledAt !== null, because: 'It is disabled.' },
  {
    when: ({ tokenEndpointAuthMethod: method }) => method === 'private_key_jwt',
    because: 'It authenticates with a private key, which only the application has.',
  },
  {
    when: ({ dpopBoundAccessTokens }) => dpopBoundAccessTokens,
    because: 'Its tokens are bound to a key (DPoP), which only the application has.',
  },
];

export function describeClient({
  id,
  name,
  type,
  tokenEndpointAuthMethod,
}: RegisteredClient): PlayedClient {
  const secret = AUTHENTICATION[tokenEndpointAuthMethod];
  return { id, name, kind: `${KINDS[type]}, ${secret}` };
}

const KINDS: Record<RegisteredClient['type'], string> = {
  web: 'Web application',
  spa: 'Application in the browser',
  native: 'Native application',
  service: 'Service',
  device: 'Device',
};

const AUTHENTICATION: Record<RegisteredClient['tokenEndpointAuthMethod'], string> = {
  none: 'without a secret',
  client_secret_basic: 'with a secret',
  client_secret_post: 'with a secret in the body',
  private_key_jwt: 'with a private key',
};

export function hasSecret({ tokenEndpointAuthMethod }: RegisteredClient): boolean {
  return tokenEndpointAuthMethod.startsWith('client_secret');
}

export function hasRedirects(
  { config }: Pick<PlayedClientDeps, 'config'>,
  client: RegisteredClient,
): boolean {
  const { callback, home } = urisOf(config.issuer);
  return client.redirectUris.includes(callback) && client.postLogoutRedirectUris.includes(home);
}

/** @throws DomainError invalid_client_metadata where the issuer is no URL that this client may be sent to */
export async function registerRedirects(
  deps: PlayedClientDeps,
  { id }: RegisteredClient,
): Promise<void> {
  const { callback, home } = urisOf(deps.config.issuer);
  const redirects = { clientId: id, redirectUri: callback, postLogoutRedirectUri: home };
  await addRedirectUris(deps, redirects, NOBODY);
  await deps.freshness.refresh();
}

/** Only hashes are kept of a client's secrets, so the playground needs one of its own; it ends by itself. */
export async function addShortLivedSecret(
  deps: PlayedClientDeps,
  { id }: RegisteredClient,
): Promise<ShortLivedSecret> {
  const expiresAt = new Date(deps.clock.now().getTime() + SECRET_SECONDS * 1000);
  const secret = await addClientSecret(deps, { clientId: id, expiresAt }, NOBODY);
  await deps.freshness.refresh();
  return { clientId: id, secret, expiresAt: expiresAt.getTime() };
}

/** A client to begin with, while there is none. @returns its id, or nothing when somebody was faster */
export async function createExampleClient(deps: PlayedClientDeps): Promise<string | undefined> {
  const { isEmpty } = await listPlayedClients(deps);
  if (!isEmpty) return undefined;

  const { callback, home } = urisOf(deps.config.issuer);
  const { client } = await createClient(
    deps,
    { type: 'web', name: 'Playground', redirectUris: [callback], postLogoutRedirectUris: [home] },
    NOBODY,
  );
  await deps.freshness.refresh();
  return client.id;
}
