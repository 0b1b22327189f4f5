// Gives a request its id and its facts, runs the rest as part of it, and writes its one line to the log:
// never a query string, a body, a cookie or an authorization header.
import { randomUUID } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import type { RequestFacts } from '../foundation/request-facts.ts';
import type { Logger } from '../operations/log.ts';
import { maskSecrets, printable } from '../operations/masking.ts';
import { observeRequest } from '../operations/metrics.ts';
import { inRequest } from '../operations/request-scope.ts';
import { peerOf } from './client-address.ts';
import { routeLabel } from './route-label.ts';

// Asked for every few seconds by machines: their lines would bury the others.
const PROBES = new Set(['/livez', '/readyz', '/metrics']);

/** Comes after client-address.ts. An id is taken over only from a trusted proxy. */
export function requestContext({ log }: { log: Logger }): Middleware {
  return (ctx, next) => {
    const startedAt = performance.now();
    const facts = { requestId: requestIdOf(ctx), address: peerOf(ctx).address };
    ctx.state.facts = facts;
    ctx.set('X-Request-Id', facts.requestId);

    ctx.res.once('close', () => finish(ctx, { log, startedAt, facts }));
    return inRequest(facts, next);
  };
}

/** What `requestContext` found out. */
export function requestFacts(ctx: Pick<Context, 'state'>): RequestFacts {
  return ctx.state.facts;
}

interface Begun {
  log: Logger;
  startedAt: number;
  facts: RequestFacts;
}

function finish(ctx: Context, { log, startedAt, facts }: Begun): void {
  const milliseconds = performance.now() - startedAt;
  const { statusCode: status } = ctx.res;
  const { method, path } = ctx;
  observeRequest({ method, route: routeLabel(ctx), status, milliseconds });
  const level = PROBES.has(path) ? 'debug' : 'info';
  if (!log.isLevelEnabled(level)) return;
  log[level](
    {
      requestId: facts.requestId,
      method,
      path: maskSecrets(printable(path, 200)),
      status,
      ms: Math.round(milliseconds * 10) / 10,
      address: facts.address,
      ...(!ctx.res.writableFinished && { aborted: true }),
    },
    'request',
  );
}

function requestIdOf(ctx: Context): string {
  const given = ctx.get('x-request-id');
  return peerOf(ctx).viaTrustedProxy && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
}
