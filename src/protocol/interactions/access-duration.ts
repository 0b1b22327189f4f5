import type { Config } from '../../config.ts';
import type { Language } from '../../http/language.ts';
import type { RegisteredClient } from '../clients/registered-client.ts';
import type { Scopes } from '../grants/scopes.ts';

type Limits = Pick<Config, 'refreshTokenSeconds' | 'refreshTokenMaxSeconds' | 'sessionSeconds'>;

/** For how long a person gives access, in words; the rules are in refresh-policy.ts. */
export function accessDuration(
  { say, period }: Language,
  limits: Limits,
  { asked, client }: { asked: Scopes; client: Pick<RegisteredClient, 'type'> },
): string {
  const { refreshTokenSeconds: unused, refreshTokenMaxSeconds: most, sessionSeconds } = limits;
  if (asked.openid.includes('offline_access') || client.type === 'device')
    return say('consent.while-away', { most: period(most), unused: period(unused) });

  return say('consent.while-signed-in', { unused: period(sessionSeconds) });
}
