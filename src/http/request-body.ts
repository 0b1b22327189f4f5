// The body of a request: of one media type, neither compressed nor large; as text, in UTF-8.
import type { Context } from 'koa';
import { DomainError } from '../foundation/errors.ts';

const MAX_BODY_BYTES = 64 * 1024;

export const FORM = 'application/x-www-form-urlencoded';

/**
 * Waits for a form to arrive whole, for `readBody` to answer it later. Who looks up a session before that lets whoever
 * sends the last byte late go on in one that has ended meanwhile.
 * @throws DomainError `invalid` or `too-large`
 */
export async function receiveForm(ctx: Context): Promise<void> {
  if (mediaTypeOf(ctx) === FORM) ctx.state.receivedForm = await readBody(ctx, FORM);
}

/** @throws DomainError `invalid` or `too-large` */
export async function readBody(ctx: Context, mediaType: string): Promise<string> {
  const received: unknown = ctx.state.receivedForm;
  if (typeof received === 'string' && mediaType === FORM) return received;

  assertPlain(ctx, mediaType);
  if (Number(ctx.get('content-length')) > MAX_BODY_BYTES) throw tooLarge(ctx);
  return decode(await collect(ctx, { kept: MAX_BODY_BYTES, read: MAX_BODY_BYTES }));
}

/**
 * Of a body that is larger, as much again is read and dropped as a browser needs to send before it looks at the answer.
 * @throws DomainError `invalid` or `too-large`
 */
export async function readBytes(
  ctx: Context,
  mediaType: string,
  maxBytes: number,
): Promise<Buffer> {
  assertPlain(ctx, mediaType);
  return collect(ctx, { kept: maxBytes, read: DROPPED_TIMES * maxBytes });
}

const DROPPED_TIMES = 8;

function assertPlain(ctx: Context, mediaType: string): void {
  // Exactly this type: a form of another site can send text/plain without asking first, and be it JSON inside.
  if (mediaTypeOf(ctx) !== mediaType) {
    throw new DomainError('invalid', 'unsupported_content_type', `The body must be ${mediaType}.`);
  }
  if (ctx.get('content-encoding')) {
    throw new DomainError(
      'invalid',
      'unsupported_content_encoding',
      'The body must not be compressed.',
    );
  }
}

const mediaTypeOf = (ctx: Context): string => ctx.request.type.trim().toLowerCase();

/** As many bytes as may be read, and of those as many as may be kept. */
async function collect(
  ctx: Context,
  { kept, read }: { kept: number; read: number },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // To stop reading must not destroy the request, and with it the connection that takes the answer.
  for await (const chunk of ctx.req.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > read) throw tooLarge(ctx);
    if (size <= kept) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > kept) throw tooLarge(ctx);
  return Buffer.concat(chunks);
}

/** The rest isn't read: the connection ends with the answer. */
function tooLarge(ctx: Context): DomainError {
  ctx.set('Connection', 'close');
  return new DomainError('too-large', 'body_too_large', 'The body is too large.');
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new DomainError('invalid', 'invalid_encoding', 'The body must be UTF-8.', { cause });
  }
}
