// What a command answers: one value, for programs as JSON and for people as text.

export interface Answer {
  /** One document, in snake_case. */
  json: object;
  text: string;
  /** What was asked for was done in part: the answer says what was not, and the exit code is 1. */
  incomplete?: boolean;
}

export type Fields = Record<string, unknown>;

/** One thing with its fields, a line each; what is absent is left out. */
export function recordAnswer(fields: Fields): Answer {
  const lines = Object.entries(fields)
    .map(([name, value]) => [name, cellText(value)] as const)
    .filter(([, text]) => text !== '');
  const width = Math.max(0, ...lines.map(([name]) => name.length));
  return {
    json: fields,
    text: lines.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n'),
  };
}

/** Many things under one name; people see the columns, programs see everything. */
export function listAnswer(name: string, rows: Fields[], columns: string[]): Answer {
  const table = [columns, ...rows.map((row) => columns.map((column) => cellText(row[column])))];
  const widths = columns.map((_, i) => Math.max(...table.map((cells) => (cells[i] ?? '').length)));
  const lines = table.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return { json: { [name]: rows }, text: rows.length > 0 ? lines.join('\n') : `No ${name}.` };
}

/** A sentence for people, fields for programs. */
export function doneAnswer(text: string, json: Fields = {}): Answer {
  return { json, text };
}

/** Printed as it is, a name could move the cursor or rename the window. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n]|[\u2028-\u202e\u2066-\u2069]/gu, '\ufffd');
}

/** What is absent is left out. JSON.stringify leaves some control characters as they are, and all that turn a text around. */
export function jsonText(json: object): string {
  const text = JSON.stringify(json, (_, value: unknown) => value ?? undefined, 2);
  return text.replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(cellText).join(' ');
  if (typeof value === 'object' && 'name' in value) return cellText(value.name);
  return typeof value === 'string' ? oneLine(value) : JSON.stringify(value);
}

/** A line break in a name would begin a line that looks like another row. */
function oneLine(text: string): string {
  return text.replaceAll(/[\n\u2028\u2029]/g, '\ufffd');
}
