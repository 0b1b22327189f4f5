import { DomainError } from '../foundation/errors.js';
import { countDatabaseUnavailable } from '../operations/metrics.js';
import { isUnavailable } from '../storage/database-errors.js';
import { render } from './render.js';
import { requestFacts } from './request-context.js';
const STATUS = {
    invalid: 400,
    unauthenticated: 401,
    forbidden: 403,
    'not-found': 404,
    conflict: 409,
    'too-large': 413,
    'too-many': 429,
    unavailable: 503,
};
const TITLES = {
    invalid: 'This can’t be used as it is',
    unauthenticated: 'You are not signed in',
    forbidden: 'This is not allowed',
    'not-found': 'There is nothing here',
    conflict: 'This is no longer so',
    'too-large': 'This is too much at once',
    'too-many': 'Too many attempts',
    unavailable: 'Please try again in a moment',
};
const RETRY_SECONDS = 2;
export function errorBoundary({ log }) {
    return async (ctx, next) => {
        try {
            await next();
            if (ctx.status === 404 && ctx.body === undefined)
                answer(ctx, NOT_FOUND);
        }
        catch (error) {
            answer(ctx, refusalOf(error, log));
        }
    };
}
const NOT_FOUND = new DomainError('not-found', 'not_found', 'This address leads nowhere.');
const BROKEN = { status: 500, title: 'Something went wrong on our side', code: 'server_error' };
function refusalOf(error, log) {
    if (error instanceof DomainError)
        return error;
    if (isUnavailable(error)) {
        countDatabaseUnavailable();
        log.warn({ err: error }, 'the database could not be used');
        return new DomainError('unavailable', 'temporarily_unavailable', 'The server can’t reach its database at the moment.', {
            retryAfterSeconds: RETRY_SECONDS,
        });
    }
    if (isCallersFault(error))
        return new DomainError('invalid', 'invalid_request', 'The request is malformed.');
    log.error({ err: error }, 'a request failed');
    return undefined;
}
function answer(ctx, refusal) {
    ctx.remove('Location');
    ctx.status = refusal ? STATUS[refusal.refusal] : BROKEN.status;
    ctx.set('Cache-Control', 'no-store');
    if (refusal?.retryAfterSeconds)
        ctx.set('Retry-After', String(Math.ceil(refusal.retryAfterSeconds)));
    const { requestId } = requestFacts(ctx);
    const code = refusal?.code ?? BROKEN.code;
    const message = refusal?.message ?? 'Nothing is lost. Please try again.';
    if (ctx.accepts('json', 'html') === 'html') {
        const title = refusal ? TITLES[refusal.refusal] : BROKEN.title;
        render(ctx, 'error/error', { title, message, code, requestId });
    }
    else {
        ctx.body = { error: code, error_description: message, request_id: requestId };
    }
}
/** Koa's own: a malformed URI, a body that ended early. */
function isCallersFault(error) {
    if (error instanceof URIError)
        return true;
    const { status } = (error ?? {});
    return typeof status === 'number' && status >= 400 && status < 500;
}
//# sourceMappingURL=error-boundary.js.map