// How much a sign-in has to prove: the highest of what the request asks for, what its application asks for by default,
// what the APIs demand that its tokens are for, and what this server demands of the person. The policy of the provider
// and our pages both ask here, so that neither lets pass what the other would not. Values only.
import type { Config } from '../../config.ts';
import type { RegisteredClient } from '../clients/registered-client.ts';
import { demandedLevel, lowestLevel } from './assurance.ts';
import type { Demand, Level } from './next-step.ts';

type Policy = Pick<Config, 'secondFactor'>;

export interface Asked {
  /** Those of the authorization request. */
  params: Record<string, unknown>;
  client: RegisteredClient | undefined;
  /** Whether the person, once known, administers this server. */
  isAdministrator: boolean;
}

/**
 * OpenID Connect Core lets a request override `default_acr_values`; here it can only add to them: the request passes
 * through the hands of the person, who could ask for less.
 */
export function levelFor(policy: Policy, asked: Asked): Demand['level'] {
  const requested = demandedLevel(asked.params);
  if (requested === 'unknown') return requested;

  const levels = [
    requested,
    lowestLevel(asked.client?.defaultAcrValues ?? []) ?? 1,
    levelOfApis(asked),
    levelOfPolicy(policy, asked.isAdministrator),
  ];
  return levels.includes(2) ? 2 : 1;
}

/** What every sign-in of the person has to reach, whatever is asked for. */
export function levelOfPolicy({ secondFactor }: Policy, isAdministrator: boolean): Level {
  if (secondFactor === 'everyone') return 2;
  return secondFactor === 'administrators' && isAdministrator ? 2 : 1;
}

function levelOfApis({ params, client }: Asked): Level {
  const named = [params['resource']].flat();
  const apis = client?.apis.filter(({ identifier }) => named.includes(identifier)) ?? [];
  return apis.some(({ level }) => level === 2) ? 2 : 1;
}
