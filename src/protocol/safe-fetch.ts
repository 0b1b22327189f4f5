// Requests that this server makes because a client said so (jwks_uri, back-channel logout). The provider
// hands over a dispatcher that refuses private and special addresses at connect time, after DNS: it must
// be passed on. Redirects are refused, time is bounded, and only https leaves.
import type { Config } from '../config.ts';

const TIMEOUT_MILLISECONDS = 5000;

export function safeFetch({ insecurePrivateAddresses }: Config): typeof fetch {
  return async (url, options = {}) => {
    const { protocol } = new URL(url instanceof Request ? url.url : url);
    if (protocol !== 'https:' && !insecurePrivateAddresses) {
      throw new Error(`Outgoing requests are https only: ${protocol} was asked for.`);
    }
    return fetch(url, {
      ...(insecurePrivateAddresses ? withoutGuard(options) : options),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
  };
}

function withoutGuard(options: RequestInit & { dispatcher?: unknown }): RequestInit {
  const { dispatcher: _, ...rest } = options;
  return rest;
}
