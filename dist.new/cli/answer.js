// What a command answers: one value, for programs as JSON and for people as text.
/** One thing with its fields, a line each; what is absent is left out. */
export function recordAnswer(fields) {
    const lines = Object.entries(fields)
        .map(([name, value]) => [name, cellText(value)])
        .filter(([, text]) => text !== '');
    const width = Math.max(0, ...lines.map(([name]) => name.length));
    return {
        json: fields,
        text: lines.map(([name, text]) => `${name.padEnd(width)}  ${text}`).join('\n'),
    };
}
/** Many things under one name; people see the columns, programs see everything. */
export function listAnswer(name, rows, columns) {
    const table = [columns, ...rows.map((row) => columns.map((column) => cellText(row[column])))];
    const widths = columns.map((_, i) => Math.max(...table.map((cells) => (cells[i] ?? '').length)));
    const lines = table.map((cells) => cells
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd());
    return { json: { [name]: rows }, text: rows.length > 0 ? lines.join('\n') : `No ${name}.` };
}
/** A sentence for people, fields for programs. */
export function doneAnswer(text, json = {}) {
    return { json, text };
}
/** Printed as it is, a name could move the cursor or rename the window. */
export function printable(text) {
    return text.replace(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
/** JSON.stringify leaves some control characters as they are. */
export function jsonText(json) {
    return JSON.stringify(json, undefined, 2).replace(/[\u007f-\u009f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}
function cellText(value) {
    if (value === undefined || value === null)
        return '';
    if (value instanceof Date)
        return value.toISOString();
    if (Array.isArray(value))
        return value.map(cellText).join(' ');
    if (typeof value === 'object' && 'name' in value)
        return cellText(value.name);
    return typeof value === 'string' ? value : JSON.stringify(value);
}
//# sourceMappingURL=answer.js.map