// Who is calling, and how. Forwarding headers are believed only of the proxies named in TRUSTED_PROXIES, and are taken
// out or overwritten here, so that whatever comes after, the framework and oidc-provider included, may take them as
// given. Must be the first middleware; what the request claims to be for is issuer-host.ts's question.
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Context, Middleware } from 'koa';
import type { Config } from '../config.ts';
import { type AddressList, createAddressList, plainAddress } from '../foundation/address-list.ts';

export interface Peer {
  /** The caller's IP address. */
  address: string;
  /** Whether the connection was made by a trusted proxy, whose other headers can be believed too. */
  viaTrustedProxy: boolean;
  /** Whether a proxy that nobody named seems to stand in between: then `address` is that proxy's. */
  viaUnknownProxy: boolean;
  /** Whether the caller reached us, or the trusted proxy, over TLS. */
  encrypted: boolean;
}

const FORWARDING = /^(forwarded|via|x-(real-ip|client-ip|original-.*|rewrite-url|forwarded-.*))$/;

export function clientAddress({
  trustedProxies,
  issuerUrl,
}: Pick<Config, 'trustedProxies' | 'issuerUrl'>): Middleware {
  const believed = { trusted: createAddressList(trustedProxies), sockets: new WeakMap() };
  const protocol = issuerUrl?.protocol.slice(0, -1) ?? 'http';

  return (ctx, next) => {
    const forwarding = Object.keys(ctx.req.headers).filter(isForwarding);
    const peer = readPeer(ctx, believed, forwarding);
    ctx.state.peer = peer;
    for (const name of forwarding) delete ctx.req.headers[name];
    // Koa and oidc-provider run with `proxy: true`: they take these two for the truth, and now they are.
    ctx.req.headers['x-forwarded-for'] = peer.address;
    ctx.req.headers['x-forwarded-proto'] = protocol;
    return next();
  };
}

/** What `clientAddress` found out. */
export function peerOf(ctx: Context): Peer {
  return ctx.state.peer;
}

interface Believed {
  trusted: AddressList;
  /** A connection has the same other end for all its requests. */
  sockets: WeakMap<Socket, OtherEnd>;
}

interface OtherEnd {
  address: string;
  isTrusted: boolean;
}

function readPeer({ req }: Context, believed: Believed, forwarding: string[]): Peer {
  const { address: socket, isTrusted: viaTrustedProxy } = otherEndOf(req.socket, believed);
  const { 'x-forwarded-for': forwardedFor, 'x-forwarded-proto': forwardedProto } = req.headers;
  return {
    address: viaTrustedProxy ? callerBehind(socket, forwardedFor, believed.trusted) : socket,
    viaTrustedProxy,
    viaUnknownProxy: !viaTrustedProxy && forwarding.length > 0,
    encrypted:
      req.socket instanceof TLSSocket || (viaTrustedProxy && lastOf(forwardedProto) === 'https'),
  };
}

/** From the right, since each proxy appends whom it saw: the first that isn't a trusted proxy is the caller. */
function callerBehind(
  socket: string,
  forwardedFor: string | string[] | undefined,
  trusted: AddressList,
): string {
  let caller = socket;
  for (const entry of listed(forwardedFor).toReversed()) {
    const address = plainAddress(entry);
    if (!address) return caller;
    caller = address;
    if (!trusted.includes(address)) return caller;
  }
  return caller;
}

function otherEndOf(socket: Socket, { trusted, sockets }: Believed): OtherEnd {
  const known = sockets.get(socket);
  if (known) return known;

  const address = plainAddress(socket.remoteAddress ?? '') ?? '0.0.0.0';
  const otherEnd = { address, isTrusted: trusted.includes(address) };
  sockets.set(socket, otherEnd);
  return otherEnd;
}

// Most headers need no pattern to be told apart.
function isForwarding(name: string): boolean {
  return (name.startsWith('x-') || name === 'via' || name === 'forwarded') && FORWARDING.test(name);
}

function listed(header: string | string[] | undefined): string[] {
  return String(header ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
}

// The word of the proxy nearest to us: earlier entries may come from the caller.
function lastOf(header: string | string[] | undefined): string | undefined {
  return listed(header).at(-1)?.toLowerCase();
}
