/** The text without the end of its line, which `echo` and editors add; nothing when there is a second line. */
export function singleLine(text: string): string | undefined {
  const line = text.replace(/\r?\n$/, '');
  return /[\r\n]/.test(line) ? undefined : line;
}
