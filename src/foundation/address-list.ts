// Lists of addresses and CIDR ranges, as TRUSTED_PROXIES and METRICS_ALLOW hold them.
import { BlockList, isIP, isIPv4 } from 'node:net';

export interface AddressList {
  /** An IPv4 address written as IPv6 (::ffff:192.0.2.1) counts as what it is. */
  includes(address: string): boolean;
}

/** @throws TypeError when an entry is neither; `isAddressRange` tells beforehand */
export function createAddressList(entries: readonly string[]): AddressList {
  const list = new BlockList();
  for (const entry of entries) add(list, entry);

  return {
    includes(text) {
      const address = plainAddress(text);
      return address !== undefined && list.check(address, familyOf(address));
    },
  };
}

/** Whether the text is an address or a CIDR range. */
export function isAddressRange(text: string): boolean {
  return parseRange(text) !== undefined;
}

/**
 * The address alone: without port, brackets or zone, and IPv4 where it was mapped into IPv6.
 * @returns undefined for whatever is no address
 */
export function plainAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;

  const bare = text
    .trim()
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/%.*$/, '');
  const address = bare.replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(address) ? address.toLowerCase() : undefined;
}

function add(list: BlockList, entry: string) {
  const range = parseRange(entry);
  if (!range) throw new TypeError(`${entry} is neither an address nor a CIDR range.`);

  list.addSubnet(range.address, range.prefix, familyOf(range.address));
}

function parseRange(text: string): { address: string; prefix: number } | undefined {
  const [, written = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = isIP(written) ? plainAddress(written) : undefined;
  if (!address) return undefined;

  const bits = isIP(address) === 4 ? 32 : 128;
  const prefix = Number(length ?? bits);
  return prefix <= bits ? { address, prefix } : undefined;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}
