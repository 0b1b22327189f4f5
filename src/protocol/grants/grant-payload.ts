// Between our scopes and the form in which the provider keeps them in a grant.
import type { Answer, Scopes } from './scopes.ts';

interface ProviderScopes {
  openid?: { scope?: string };
  resources?: Record<string, string>;
}

export function answerOfGrant(grant: object): Answer {
  const stored = grant as ProviderScopes & { rejected?: ProviderScopes };
  return { granted: fromProvider(stored), rejected: fromProvider(stored.rejected ?? {}) };
}

export function grantOfAnswer({ granted, rejected }: Answer) {
  return { ...toProvider(granted), rejected: toProvider(rejected) };
}

function fromProvider({ openid, resources = {} }: ProviderScopes): Scopes {
  return {
    openid: words(openid?.scope),
    resources: Object.fromEntries(Object.entries(resources).map(([id, text]) => [id, words(text)])),
  };
}

function toProvider({ openid, resources }: Scopes): ProviderScopes {
  const given = Object.entries(resources).filter(([, names]) => names.length > 0);
  return {
    ...(openid.length > 0 && { openid: { scope: openid.join(' ') } }),
    ...(given.length > 0 && {
      resources: Object.fromEntries(given.map(([id, names]) => [id, names.join(' ')])),
    }),
  };
}

const words = (text = '') => text.split(' ').filter(Boolean);
