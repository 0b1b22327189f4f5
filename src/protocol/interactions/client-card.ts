import { accentPath } from '../../http/accent-stylesheet.ts';
import type { Language } from '../../http/language.ts';
import { type ClientCard, safeImageUrl, safeUrl } from '../../http/views.ts';
import { shownName } from '../clients/account-client.ts';
import { accentOfClient } from '../clients/client-accent.ts';
import type { RegisteredClient } from '../clients/registered-client.ts';

/** Who asks, as the pages show it. */
export function toClientCard(
  client: RegisteredClient,
  language: Language,
  redirectUri?: string,
): ClientCard {
  const { logoUri, policyUri, tosUri, firstParty } = client;
  return {
    name: shownName(client, language),
    logo: logoUri ? safeImageUrl(logoUri) : undefined,
    domain: domainOf(client, redirectUri),
    home: safeUrl(vouchedHome(client) ?? ''),
    policy: policyUri ? safeUrl(policyUri) : undefined,
    terms: tosUri ? safeUrl(tosUri) : undefined,
    firstParty,
    stylesheet: stylesheetOf(client),
  };
}

/** The host the browser goes to next, or the scheme of a native application. */
export function destinationOf(redirectUri: string): string {
  return webHost(redirectUri) ?? redirectUri.split(':', 1)[0] ?? '';
}

function stylesheetOf(client: RegisteredClient): string | undefined {
  const accent = accentOfClient(client);
  return accent && accentPath(accent);
}

/** The domain of the application's owner: that of its own pages, or else where the answer goes. */
function domainOf(client: RegisteredClient, redirectUri: string | undefined): string | undefined {
  return webHost(vouchedHome(client)) ?? webHost(redirectUri ?? client.redirectUris[0]);
}

/** What a client says of its home in a dynamic registration proves nothing; somebody here vouches for the others. */
function vouchedHome({ clientUri, dynamicallyRegistered }: RegisteredClient): string | undefined {
  return dynamicallyRegistered ? undefined : (clientUri ?? undefined);
}

function webHost(uri: string | undefined): string | undefined {
  const url = uri ? URL.parse(uri) : undefined;
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.host : undefined;
}
