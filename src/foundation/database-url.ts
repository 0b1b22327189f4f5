/** Whether PostgreSQL's driver can read it, and reads it as it was meant: an unencoded # or / ends the password early. */
export function isDatabaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;

  const { username, password, pathname, hash } = new URL(text);
  const isCutShort = hash !== '' || pathname.includes('@');
  return !isCutShort && [username, password, pathname].every(isDecodable);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false; // A percent sign that encodes nothing.
  }
}
