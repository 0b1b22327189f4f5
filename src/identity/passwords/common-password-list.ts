// The bundled list of the 100,000 most common passwords, and of all long ones among the million most common. It is
// exact but for chance (its records are 48 bits of SHA-256), sorted, and searched where it lies: 0.6 MB, read when the
// first password is set. scripts/common-passwords.mjs makes it.
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const FILE = new URL('../../../bundled/common-passwords.bin', import.meta.url);
const RECORD_BYTES = 6;

let list: Promise<Buffer> | undefined;

/** Whether it is in the list, however its letters are cased, or is one of the list again and again. */
export async function isListedPassword(password: string): Promise<boolean> {
  list ??= readFile(FILE);
  const records = await list;
  const text = password.toLowerCase();
  const unit = /^(.+?)\1+$/su.exec(text)?.[1];
  return holds(records, text) || (unit !== undefined && holds(records, unit));
}

/** How many passwords the list has. */
export async function countListedPasswords(): Promise<number> {
  list ??= readFile(FILE);
  return (await list).length / RECORD_BYTES;
}

function holds(records: Buffer, password: string): boolean {
  const wanted = hash('sha256', password, 'buffer').readUIntBE(0, RECORD_BYTES);
  let [low, high] = [0, records.length / RECORD_BYTES];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = records.readUIntBE(middle * RECORD_BYTES, RECORD_BYTES);
    if (found === wanted) return true;
    if (found < wanted) low = middle + 1;
    else high = middle;
  }
  return false;
}
