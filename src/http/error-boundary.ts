// The one place where an error becomes a response. Refusals tell the caller what to do; bugs go to the log
// and the caller learns the request's number.
import { types } from 'node:util';
import type Application from 'koa';
import type { Context, Middleware } from 'koa';
import { DomainError, type Refusal, type Told } from '../foundation/errors.ts';
import type { Logger } from '../operations/log.ts';
import { explainDatabaseFault } from '../operations/database-explanation.ts';
import { countDatabaseUnavailable } from '../operations/metrics.ts';
import { noteFault, type Readiness } from '../operations/readiness.ts';
import { isUnavailable } from '../storage/database-errors.ts';
import { refusalText, refusalTitle } from './refusal-texts.ts';
import { render } from './render.ts';
import { requestFacts } from './request-context.ts';
import { languageOf } from './request-language.ts';

const STATUS: Record<Refusal, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  misdirected: 421,
  'too-many': 429,
  unavailable: 503,
};

const RETRY_SECONDS = 2;

interface Deps {
  log: Logger;
  readiness: Readiness;
}

/** Comes after request-context.ts, whose number it shows. */
export function errorBoundary(deps: Deps): Middleware {
  const { log } = deps;
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined) throw nothingHere();
    } catch (error) {
      // The caller is gone: there is nobody to answer, and whatever failed for that reason is no fault of ours.
      if (ctx.req.errored || ctx.res.destroyed)
        return log.debug({ err: error }, 'the caller hung up');
      answer(ctx, refusalOf(error, deps), log);
    }
  };
}

/** Errors that come too late for the boundary: of an answer that is under way, or of the boundary itself. */
export function logStrayErrors(app: Pick<Application, 'on'>, log: Logger): void {
  app.on('error', (error: NodeJS.ErrnoException) => {
    log[CALLER_GONE.test(error.code ?? '') ? 'debug' : 'error']({ err: error }, 'an answer failed');
  });
}

// The connection broke, or what came over it was no HTTP after all (HPE_: Node's parser).
const CALLER_GONE = /^(ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE|HPE_\w+)$/;

function nothingHere(): DomainError {
  return new DomainError('not-found', 'not_found', 'This address leads nowhere.');
}

/** Nothing for a bug, which is logged and of which the caller learns nothing. */
function refusalOf(error: unknown, { log, readiness }: Deps): DomainError | undefined {
  if (error instanceof DomainError) return error;
  if (isUnavailable(error)) return databaseAway(error, { log, readiness });
  if (isCallersFault(error)) {
    return new DomainError('invalid', 'invalid_request', 'The request is malformed.');
  }

  log.error({ err: error }, 'a request failed');
  return undefined;
}

function databaseAway(cause: unknown, { log, readiness }: Deps): DomainError {
  countDatabaseUnavailable();
  noteFault(readiness, cause);
  log.warn({ err: cause, hint: explainDatabaseFault(cause) }, 'the database could not be used');
  const message = 'The server can’t reach its database at the moment.';
  return new DomainError('unavailable', 'temporarily_unavailable', message, {
    retryAfterSeconds: RETRY_SECONDS,
  });
}

function answer(ctx: Context, refusal: DomainError | undefined, log: Logger): void {
  ctx.remove('Location');
  ctx.remove('ETag');
  ctx.set('Cache-Control', 'no-store');
  const retryAfter = refusal?.retryAfterSeconds;
  if (retryAfter) ctx.set('Retry-After', String(Math.ceil(retryAfter)));

  const { requestId } = requestFacts(ctx);
  const { code, message } = refusal ?? BUG;
  ctx.status = refusal ? STATUS[refusal.refusal] : 500;
  ctx.body = { error: code, error_description: message, request_id: requestId };
  if (ctx.accepts('json', 'html') === 'html') showPage(ctx, refusal ?? BUG, log);
}

const BUG = {
  refusal: 'server_error',
  code: 'server_error',
  message: 'Nothing is lost. Please try again.',
};

function showPage(ctx: Context, told: Told & { refusal: string }, log: Logger): void {
  const { requestId } = requestFacts(ctx);
  try {
    const language = languageOf(ctx);
    const title = refusalTitle(language, told);
    const message = refusalText(language, told);
    render(ctx, 'error/error', { title, message, code: told.code, requestId });
  } catch (error) {
    log.error({ err: error }, 'the error page failed'); // The JSON of before stays as the answer.
  }
}

/** Of Koa and its libraries: a malformed URI, say. */
function isCallersFault(error: unknown): boolean {
  if (!types.isNativeError(error)) return false;
  const status = 'status' in error ? Number(error.status) : 500;
  return error.name === 'URIError' || (status >= 400 && status < 500);
}
