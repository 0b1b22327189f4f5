export type Cell = string | number | boolean | null;

/** Columns as wide as they must be: numbers to the right, texts to the left, a dash for nothing. */
export function textTable(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [columns, ...rows.map((row) => row.map(written))];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  const isNumeric = columns.map((_, at) => rows.every((row) => typeof row[at] !== 'string'));
  const padded = lines.map((line) =>
    line
      .map((cell, at) =>
        isNumeric[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [padded[0], rule, ...padded.slice(1)].join('\n');
}

function written(cell: Cell): string {
  if (cell === null) return '–';
  if (typeof cell === 'boolean') return cell ? 'yes' : 'NO';
  return String(cell);
}
