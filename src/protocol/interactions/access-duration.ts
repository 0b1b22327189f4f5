import type { Config } from '../../config.ts';
import type { RegisteredClient } from '../clients/registered-client.ts';
import type { Scopes } from '../grants/scopes.ts';

const DAY_SECONDS = 86_400;
const UNITS = [
  { unit: 'year', seconds: 365 * DAY_SECONDS },
  { unit: 'day', seconds: DAY_SECONDS },
  { unit: 'hour', seconds: 3600 },
  { unit: 'minute', seconds: 60 },
] as const;

type Limits = Pick<Config, 'refreshTokenSeconds' | 'refreshTokenMaxSeconds' | 'sessionSeconds'>;

/** For how long a person gives access, in words; the rules are in refresh-policy.ts. */
export function accessDuration(
  limits: Limits,
  { asked, client }: { asked: Scopes; client: Pick<RegisteredClient, 'type'> },
): string {
  const { refreshTokenSeconds: unused, refreshTokenMaxSeconds: most, sessionSeconds } = limits;
  if (asked.openid.includes('offline_access') || client.type === 'device')
    return `Up to ${inWords(most)}, also while you are signed out. It ends after ${inWords(unused)} without use.`;

  return `While you are signed in here, which ends after ${inWords(sessionSeconds)} without use.`;
}

/** The largest unit that goes in evenly: 30 days, 1 year, 90 minutes. */
function inWords(seconds: number): string {
  const { unit, seconds: one } = UNITS.find((it) => seconds % it.seconds === 0) ?? {
    unit: 'second',
    seconds: 1,
  };
  const count = seconds / one;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
