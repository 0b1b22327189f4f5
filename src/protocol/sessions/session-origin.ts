// Where a browser session is used: what its owner tells it from others by. Written with the session, so that it costs no
// query of its own; of a browser that nobody is signed in at, nothing is kept.
import { type AdapterPayload, Provider } from 'oidc-provider';
import type { Clock } from '../../foundation/clock.ts';
import { browserName } from '../../foundation/browser-name.ts';
import { currentFacts } from '../request-of-provider.ts';

export interface SessionOrigin {
  address: string | null;
  /** In words; null for what is no browser that we know. */
  browser: string | null;
  lastUsedAt: Date;
}

/** Of the request that the provider is answering; nothing where nobody is signed in. */
export function currentOrigin(
  { clock }: { clock: Clock },
  { accountId }: AdapterPayload,
): SessionOrigin | undefined {
  if (!accountId) return undefined;
  return {
    address: currentFacts().request?.address ?? null,
    browser: browserName(Provider.ctx?.get('user-agent') ?? '') ?? null,
    lastUsedAt: clock.now(),
  };
}
