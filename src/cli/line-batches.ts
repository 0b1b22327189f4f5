// A file that may be larger than memory, read as lines in batches.
import { createReadStream } from 'node:fs';
import type { NumberedLine } from '../identity/users/user-import.ts';

/** A line beyond this is cut there, and is no JSON any more. */
const MAX_LINE_CHARACTERS = 64 * 1024;

export interface LineBatch {
  lines: NumberedLine[];
  /** Of the file, so far. */
  bytesRead: number;
}

/** Blank lines are left out, and counted. */
export async function* readLineBatches(path: string, size: number): AsyncGenerator<LineBatch> {
  const stream = createReadStream(path, { encoding: 'utf8', highWaterMark: 256 * 1024 });
  let lines: NumberedLine[] = [];
  for await (const line of numberedLines(stream)) {
    if (line.text.trim() === '') continue;
    lines.push(line);
    if (lines.length < size) continue;
    yield { lines, bytesRead: stream.bytesRead };
    lines = [];
  }
  if (lines.length > 0) yield { lines, bytesRead: stream.bytesRead };
}

async function* numberedLines(parts: AsyncIterable<string>): AsyncGenerator<NumberedLine> {
  let number = 0;
  let rest = '';
  for await (const part of parts) {
    const texts = `${rest}${part}`.split('\n');
    rest = (texts.pop() ?? '').slice(0, MAX_LINE_CHARACTERS + 1);
    for (const text of texts) yield { number: ++number, text: clean(text, number) };
  }
  if (rest !== '') yield { number: ++number, text: clean(rest, number) };
}

/** Without the byte order mark that some programs begin a file with. */
function clean(text: string, number: number): string {
  const line = number === 1 ? text.replace(/^\ufeff/, '') : text;
  return line.length > MAX_LINE_CHARACTERS ? line.slice(0, MAX_LINE_CHARACTERS) : line;
}
