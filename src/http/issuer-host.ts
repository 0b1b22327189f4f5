// Every URL this server prints, and the audience it accepts in client assertions, derive from the request's host.
// So a request for any other host than the issuer's is refused before anything can be derived from it.
import type { Context, Middleware } from 'koa';
import type { Config } from '../config.ts';
import { DomainError } from '../foundation/errors.ts';
import { peerOf } from './client-address.ts';

const NOT_ENCRYPTED =
  'This server must be reached over https. If a proxy in front of it does that, name the proxy in TRUSTED_PROXIES and let it send X-Forwarded-Proto.';

/** Refuses with 421 (RFC 9110 §15.5.20). Health and metrics are asked for by address, so their routes come before. */
export function issuerHost({ issuerUrl }: Pick<Config, 'issuerUrl'>): Middleware {
  if (!issuerUrl) throw new TypeError('The issuer is no URL.');

  const { host, origin, protocol } = issuerUrl;
  const hosts = new Set([host, `${host}:${protocol === 'https:' ? 443 : 80}`]);
  const otherHost = `This server answers for ${origin} alone (the setting ISSUER).`;

  return (ctx, next) => {
    if (!isNamed(ctx, hosts) || !isForOrigin(ctx, origin)) throw misdirected(otherHost);
    if (protocol === 'https:' && !peerOf(ctx).encrypted) throw misdirected(NOT_ENCRYPTED);

    ctx.req.headers.host = host; // As the issuer spells it, without a port that goes without saying.
    assertParsable(ctx);
    return next();
  };
}

function isNamed({ req }: Context, hosts: Set<string>): boolean {
  return hasOneHost(req.rawHeaders) && hosts.has((req.headers.host ?? '').toLowerCase());
}

/** @param rawHeaders names and values in turn */
function hasOneHost(rawHeaders: string[]): boolean {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') count += 1;
  }
  return count === 1;
}

/**
 * A target in absolute form outranks the Host header (RFC 9112 §3.2.2): it must name the issuer too, and is then
 * brought into origin form, the only one that what comes after should see.
 */
function isForOrigin(ctx: Context, origin: string): boolean {
  const target = ctx.req.url ?? '';
  if (target.startsWith('/')) return true;

  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (url?.origin !== origin || url.username || url.password) return false;
  ctx.url = `${url.pathname}${url.search}`;
  ctx.originalUrl = ctx.request.originalUrl = ctx.url;
  return true;
}

// The framework would go on with the raw text where it can't decode a path, and each part of it in its own way.
function assertParsable({ path }: Context) {
  if (!path.includes('%')) return;
  try {
    decodeURIComponent(path);
  } catch (cause) {
    throw new DomainError('invalid', 'malformed_uri', 'The path is malformed.', { cause });
  }
}

function misdirected(sentence: string): DomainError {
  return new DomainError('misdirected', 'misdirected_request', sentence);
}
