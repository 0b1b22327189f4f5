// Forms with files in them (RFC 7578), read whole into memory: they are few and small. The doorway of @fastify/busboy.
// What a browser says of a file, its name and type, is not looked at: neither can be trusted.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import type { Context } from 'koa';
import { DomainError } from '../foundation/errors.ts';
import { readBytes } from './request-body.ts';

const MEDIA_TYPE = 'multipart/form-data';
const MAX_FIELDS = 20;
const MAX_FIELD_BYTES = 8 * 1024;
/** What the other fields and the boundaries may take. */
const MORE_BYTES = 64 * 1024;
const SLICE_BYTES = 64 * 1024;

export interface Parts {
  fields: [name: string, value: string][];
  /** By input name; one for which no file was chosen is not there. */
  files: Map<string, Buffer>;
}

/**
 * @param maxBytes of all files together
 * @throws DomainError `invalid` or `too-large`
 */
export async function readParts(ctx: Context, maxBytes: number): Promise<Parts> {
  const bytes = await readBytes(ctx, MEDIA_TYPE, maxBytes + MORE_BYTES);
  const parts = await partsOf(bytes, ctx.get('content-type'));
  const sizes = [...parts.files.values()].map(({ length }) => length);
  if (sizes.reduce((sum, size) => sum + size, 0) <= maxBytes) return parts;
  throw new DomainError('too-large', 'body_too_large', 'The body is too large.');
}

async function partsOf(bytes: Buffer, contentType: string): Promise<Parts> {
  const parts: Parts = { fields: [], files: new Map() };
  try {
    const parser = openParser(contentType);
    const refuse = () => void parser.destroy(new Error('The form has more than was asked for.'));
    for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit']) parser.on(limit, refuse);
    parser.on('field', (name, value, ...isCut) => {
      if (isCut.includes(true)) refuse();
      parts.fields.push([name, value]);
    });
    parser.on('file', (name, stream) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (chunks.length > 0) parts.files.set(name, Buffer.concat(chunks));
      });
    });
    await pipeline(Readable.from(slicesOf(bytes)), parser);
  } catch (cause) {
    const message = 'The form can’t be read.';
    throw new DomainError('invalid', 'invalid_input', message, { cause });
  }
  return parts;
}

/** So that a hostile form is refused where it is, and holds up nobody until then. */
function* slicesOf(bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES);
}

/** @throws Error where the type has no boundary */
function openParser(contentType: string): BusboyInstance {
  return new Busboy({
    headers: { 'content-type': contentType },
    limits: {
      fields: MAX_FIELDS,
      fieldSize: MAX_FIELD_BYTES,
      files: 1,
      parts: MAX_FIELDS + 1,
      headerPairs: 20,
    },
  });
}
