// What comes from outside goes through a schema here, once, and is trusted by its type from then on.
import type { Context } from 'koa';
import type * as z from 'zod';
import { DomainError } from '../foundation/errors.ts';
import { FORM, readBody } from './request-body.ts';
import { readParts } from './upload.ts';

/**
 * A repeated field becomes a list, which only a schema that expects one accepts.
 * @throws DomainError `invalid` naming the first field that is wrong; `too-large` beyond 64 KiB
 */
export async function readForm<S extends z.ZodType>(ctx: Context, schema: S): Promise<z.output<S>> {
  const text = await readBody(ctx, FORM);
  return checked(schema, fieldsOf(new URLSearchParams(text)));
}

/**
 * A form with one file in it, `maxBytes` large at most; without its file when none was chosen.
 * @throws DomainError as readForm does
 */
export async function readUpload<S extends z.ZodType>(
  ctx: Context,
  schema: S,
  { file, maxBytes }: { file: string; maxBytes: number },
): Promise<{ form: z.output<S>; file: Buffer | undefined }> {
  const { fields, files } = await readParts(ctx, maxBytes);
  return { form: checked(schema, fieldsOf(fields)), file: files.get(file) };
}

/** @throws DomainError as readForm does */
export async function readJson<S extends z.ZodType>(ctx: Context, schema: S): Promise<z.output<S>> {
  const text = await readBody(ctx, 'application/json');
  return checked(schema, parseJson(text));
}

/** A repeated parameter becomes a list, as in a form. */
export function readQuery<S extends z.ZodType>(ctx: Context, schema: S): z.output<S> {
  return checked(schema, fieldsOf(new URLSearchParams(ctx.querystring)));
}

/** The parts of the path that the route names. */
export function readParams<S extends z.ZodType>(ctx: Context, schema: S): z.output<S> {
  return checked(schema, fieldsOf(Object.entries<string>(ctx['params'] ?? {})));
}

function checked<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;

  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.');
  const message = issue?.message ?? 'is not valid';
  throw new DomainError('invalid', 'invalid_input', field ? `${field}: ${message}` : message);
}

function fieldsOf(pairs: Iterable<[string, string]>): Record<string, string | string[]> {
  const fields = new Map<string, string | string[]>();
  for (const [name, value] of pairs) {
    if (name.includes('\0') || value.includes('\0')) throw holdsNul(name);
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(fields);
}

function parseJson(text: string): unknown {
  if (ESCAPED_NUL.test(text)) throw holdsNul('The body');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DomainError('invalid', 'invalid_json', 'The body is not valid JSON.', { cause });
  }
}

// An escape whose backslash isn't itself escaped. A bare NUL is no JSON.
const ESCAPED_NUL = /(?<!\\)(?:\\\\)*\\u0000/;

/** PostgreSQL can't store it, and what comes after may take it for the end. */
function holdsNul(field: string): DomainError {
  const name = field.replaceAll('\0', '').slice(0, 60);
  return new DomainError('invalid', 'invalid_input', `${name}: must not hold a NUL character`);
}
