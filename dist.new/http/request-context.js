// Gives a request its id and its facts, runs the rest as part of it, and writes its one line to the log:
// never a query string, a body, a cookie or an authorization header.
import { randomUUID } from 'node:crypto';
import { printable } from '../operations/masking.js';
import { observeRequest } from '../operations/metrics.js';
import { inRequest } from '../operations/request-scope.js';
import { peerOf } from './client-address.js';
import { routeLabel } from './route-label.js';
/** Comes after client-address.ts. An id is taken over only from a trusted proxy. */
export function requestContext({ log }) {
    return (ctx, next) => {
        const startedAt = performance.now();
        const facts = { requestId: requestIdOf(ctx), address: peerOf(ctx).address };
        ctx.state.facts = facts;
        ctx.set('X-Request-Id', facts.requestId);
        return inRequest(facts, async () => {
            ctx.res.once('close', () => finish(ctx, { log, startedAt, facts }));
            await next();
        });
    };
}
/** What `requestContext` found out. */
export function requestFacts(ctx) {
    return ctx.state['facts'];
}
function finish(ctx, { log, startedAt, facts }) {
    const milliseconds = performance.now() - startedAt;
    const { statusCode: status } = ctx.res;
    const { method } = ctx;
    observeRequest({ method, route: routeLabel(ctx), status, milliseconds });
    log.info({
        method,
        path: printable(ctx.path, 200),
        status,
        ms: Math.round(milliseconds * 10) / 10,
        address: facts.address,
        requestId: facts.requestId,
        ...(!ctx.res.writableFinished && { aborted: true }),
    }, 'request');
}
function requestIdOf(ctx) {
    const given = ctx.get('x-request-id');
    return peerOf(ctx).viaTrustedProxy && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
}
//# sourceMappingURL=request-context.js.map