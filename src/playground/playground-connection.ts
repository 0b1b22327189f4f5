import { DomainError } from '../foundation/errors.ts';
import type { RateLimits } from '../operations/rate-limiter.ts';
import type { RegisteredClient } from '../protocol/clients/registered-client.ts';
import { SECRET_ENDED } from './explained-failure.ts';
import { hasSecret, type PlayedClientDeps } from './playground-clients.ts';
import type { CookieJar, PlaygroundCookies } from './playground-cookies.ts';
import { connect, type RelyingParty } from './relying-party.ts';

/** What all routes of the playground share. */
export interface PlaygroundDeps extends PlayedClientDeps {
  rateLimits: Pick<RateLimits, 'consume'>;
  /** Seals what the browser keeps. */
  key: Buffer;
  cookies: PlaygroundCookies;
}

/** Stands in for the client, with the secret that this browser brings along if the client needs one. */
export async function connectAs(
  { config, cookies }: PlaygroundDeps,
  jar: CookieJar,
  client: RegisteredClient,
): Promise<RelyingParty> {
  const secret = hasSecret(client) ? cookies.readSecret(jar, client.id) : undefined;
  if (hasSecret(client) && secret === undefined) throw secretEnded();

  return connect(config.issuer, client, secret);
}

export const clientPath = (id: string): string => `/playground/clients/${encodeURIComponent(id)}`;

/** After a form that did something. */
export function goTo(ctx: { status: number; redirect(url: string): void }, url: string): void {
  ctx.status = 303;
  ctx.redirect(url);
}

function secretEnded(): DomainError {
  return new DomainError(
    'invalid',
    SECRET_ENDED,
    'The secret that the playground added to this client has run out. Add another, and start again.',
  );
}
