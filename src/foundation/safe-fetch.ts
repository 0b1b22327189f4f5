// Requests that this server makes because somebody registered a URL (jwks_uri, back-channel logout). They
// leave by https, go to public addresses alone (looked at after name resolution, at the moment of
// connecting, so that DNS cannot change its mind in between), follow no redirect and take no longer than 5 s,
// or what the caller's own signal allows if that is less.
import { lookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { Agent } from 'undici';

const TIMEOUT_MILLISECONDS = 5000;

interface Options {
  /** A named weakening: private addresses and plain http are reached too. */
  allowPrivateAddresses: boolean;
}

/** A `fetch` under these rules. It rejects with an Error where they are broken. */
export function createSafeFetch({ allowPrivateAddresses }: Options): typeof fetch {
  let agent: Promise<Agent> | undefined;

  return async (input, options = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (!allowPrivateAddresses) refuseUnsafe(url);
    agent ??= openAgent(allowPrivateAddresses ? {} : { connect: { lookup: publicOnly } });
    const dispatcher = await agent;
    const timeout = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
    const bounded = {
      redirect: 'error',
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    } as const;
    return fetch(url, Object.assign({ ...options, ...bounded }, { dispatcher }));
  };
}

/** Loaded when something is asked for: most servers never ask, and it is large. */
async function openAgent(options: Agent.Options): Promise<Agent> {
  const undici = await import('undici');
  return new undici.Agent(options);
}

/** Whether packets to this address stay within a machine, a site or a provider (RFC 6890 and what came after). */
export function isSpecialAddress(address: string): boolean {
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  return special.check(address, family);
}

function refuseUnsafe({ protocol, hostname }: URL): void {
  if (protocol !== 'https:') throw new Error(`Outgoing requests are https only, not ${protocol}`);
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) && isSpecialAddress(literal)) throw refused(hostname);
}

const publicOnly: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error) return callback(error, []);
    if (addresses.some(({ address }) => isSpecialAddress(address)))
      return callback(refused(hostname), []);
    const [first] = addresses;
    if (options.all) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family);
  });
};

const refused = (hostname: string) => new Error(`${hostname} is not at a public address.`);

const special = new BlockList();
const SPECIAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
const SPECIAL_V6 = [
  '::/128',
  '::1/128',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];
for (const [family, ranges] of [
  ['ipv4', SPECIAL_V4],
  ['ipv6', SPECIAL_V6],
] as const) {
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    special.addSubnet(address, Number(prefix), family);
  }
}
