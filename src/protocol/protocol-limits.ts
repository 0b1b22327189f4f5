// What anonymous callers may cause: rows (requests, sessions, registrations) and guesses. Both are
// counted per address in the database, so all nodes share the count.
import type { Context } from 'koa';
import { requestFacts } from '../http/request-context.ts';
import type { RateLimitName } from '../operations/rate-limit-table.ts';
import type { RateLimits } from '../operations/rate-limiter.ts';
import { ROUTES } from './protocol-paths.ts';

export interface LimitDeps {
  rateLimits: RateLimits;
}

interface Rule {
  method: string;
  path: string;
  limit: RateLimitName;
}

/** The rules by method and path. */
type Rules = ReadonlyMap<string, RateLimitName>;

const ROWS = indexed([
  { method: 'GET', path: ROUTES.authorization, limit: 'anonymousRows' },
  { method: 'POST', path: ROUTES.authorization, limit: 'anonymousRows' },
  { method: 'POST', path: ROUTES.pushed_authorization_request, limit: 'anonymousRows' },
  { method: 'POST', path: ROUTES.device_authorization, limit: 'anonymousRows' },
  { method: 'GET', path: ROUTES.code_verification, limit: 'anonymousRows' },
  { method: 'GET', path: ROUTES.end_session, limit: 'anonymousRows' },
  { method: 'POST', path: ROUTES.registration, limit: 'registration' },
]);

const GUESSES = indexed([
  { method: 'POST', path: ROUTES.token, limit: 'tokenFailures' },
  { method: 'POST', path: ROUTES.introspection, limit: 'tokenFailures' },
  { method: 'POST', path: ROUTES.revocation, limit: 'tokenFailures' },
  { method: 'POST', path: ROUTES.pushed_authorization_request, limit: 'tokenFailures' },
  { method: 'GET', path: ROUTES.userinfo, limit: 'tokenFailures' },
  { method: 'POST', path: ROUTES.userinfo, limit: 'tokenFailures' },
  { method: 'POST', path: ROUTES.code_verification, limit: 'deviceUserCodes' },
]);

/** Before the provider sees the request. @throws DomainError rate_limited */
export function refuseBlocked({ rateLimits }: LimitDeps, ctx: Context): void {
  const guess = ruleFor(GUESSES, ctx);
  if (guess && rateLimits.hasRefused(guess)) rateLimits.assertNotBlocked(guess, guesserOf(ctx));
}

export const makesRows = (ctx: Context): boolean => ruleFor(ROWS, ctx) !== undefined;

/** Before the provider sees a request that makes rows. @throws DomainError rate_limited */
export async function countRow({ rateLimits }: LimitDeps, ctx: Context): Promise<void> {
  const row = ruleFor(ROWS, ctx);
  if (row) await rateLimits.consume(row, requestFacts(ctx).address);
}

/** After it refused one that may have been a guess. */
export async function countGuess({ rateLimits }: LimitDeps, ctx: Context): Promise<void> {
  const guess = ruleFor(GUESSES, ctx);
  if (guess) await rateLimits.consume(guess, guesserOf(ctx));
}

function indexed(rules: Rule[]): Rules {
  return new Map(rules.map(({ method, path, limit }) => [`${method} ${path}`, limit]));
}

/** A HEAD does all that a GET does, but for the answer's body. */
const ruleFor = (rules: Rules, { method, path }: Context) =>
  rules.get(`${method === 'HEAD' ? 'GET' : method} ${path}`);

/** One client that fails must not block the others behind its address, where the request names it up front. */
function guesserOf(ctx: Context): string[] {
  const [scheme, credentials] = ctx.get('authorization').split(' ');
  const isBasic = scheme?.toLowerCase() === 'basic' && credentials;
  const client = isBasic ? Buffer.from(credentials, 'base64').toString().split(':', 1)[0] : '';
  return [client?.slice(0, 100) ?? '', requestFacts(ctx).address];
}
