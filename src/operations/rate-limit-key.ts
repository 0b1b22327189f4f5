import { hash } from 'node:crypto';
import { networkPrefix } from './network-prefix.ts';

/** What is counted: a login, an address, a client, or several of them. IPv6 addresses count by their /64. */
export type RateLimitKey = string | readonly string[];

/** As it is stored, since it may hold a login or an address. */
export function hashedKey(key: RateLimitKey): string {
  const parts = (typeof key === 'string' ? [key] : key).map(networkPrefix);
  return hash('sha256', JSON.stringify(parts), 'base64url');
}
