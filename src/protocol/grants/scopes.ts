// The arithmetic of scopes: what a request asks, what was answered before, what is new. Values only.
import { IDENTITY_SCOPES } from '../clients/client-presets.ts';
import type { RegisteredClient } from '../clients/registered-client.ts';

/** Identity scopes, and permissions by the identifier of their API. */
export interface Scopes {
  openid: string[];
  resources: Record<string, string[]>;
}

/** What a person answered. */
export interface Answer {
  granted: Scopes;
  rejected: Scopes;
}

export const NO_SCOPES: Scopes = { openid: [], resources: {} };
export const NO_ANSWER: Answer = { granted: NO_SCOPES, rejected: NO_SCOPES };

/** What an authorization request asks for, of what the client may ask for. */
export function requestedScopes(params: Record<string, unknown>, client: RegisteredClient): Scopes {
  const scope = typeof params['scope'] === 'string' ? params['scope'] : '';
  const asked = new Set(scope.split(' '));
  const named = [params['resource']].flat();
  const apis = client.apis.filter(({ identifier }) => named.includes(identifier));
  return {
    openid: IDENTITY_SCOPES.filter((one) => asked.has(one)),
    resources: Object.fromEntries(
      apis.map(({ identifier, permissions }) => [
        identifier,
        permissions.map(({ name }) => name).filter((name) => asked.has(name)),
      ]),
    ),
  };
}

export const without = (from: Scopes, taken: Scopes): Scopes =>
  combine(from, taken, (mine, other) => mine.filter((one) => !other.includes(one)));

export const union = (a: Scopes, b: Scopes): Scopes =>
  combine(a, b, (mine, other) => [...new Set([...mine, ...other])]);

/** Only those that the tests let pass. */
export function only(
  { openid, resources }: Scopes,
  isChosen: { scope(name: string): boolean; permission(identifier: string, name: string): boolean },
): Scopes {
  const chosen = Object.entries(resources).map(
    ([id, names]) => [id, names.filter((name) => isChosen.permission(id, name))] as const,
  );
  return {
    openid: openid.filter((name) => isChosen.scope(name)),
    resources: Object.fromEntries(chosen),
  };
}

export const isEmpty = ({ openid, resources }: Scopes): boolean =>
  openid.length === 0 && Object.values(resources).every((names) => names.length === 0);

/** What nobody has answered yet. */
export const unanswered = (asked: Scopes, { granted, rejected }: Answer): Scopes =>
  without(without(asked, granted), rejected);

/** The newer answer counts for what it answers; the older for the rest. */
export function mergeAnswers(older: Answer, newer: Answer): Answer {
  return {
    granted: union(without(older.granted, newer.rejected), newer.granted),
    rejected: union(without(older.rejected, newer.granted), newer.rejected),
  };
}

function combine(
  a: Scopes,
  b: Scopes,
  merge: (mine: string[], other: string[]) => string[],
): Scopes {
  const identifiers = [...new Set([...Object.keys(a.resources), ...Object.keys(b.resources)])];
  return {
    openid: merge(a.openid, b.openid),
    resources: Object.fromEntries(
      identifiers.map((id) => [id, merge(a.resources[id] ?? [], b.resources[id] ?? [])]),
    ),
  };
}
