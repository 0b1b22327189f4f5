import { randomBytes } from 'node:crypto';

/**
 * UUIDs of version 7 (RFC 9562 §5.7), as the database client makes them for single rows: for rows that are written
 * together and refer to each other. They ascend, by a counter where their moment is the same.
 */
export function newTimeOrderedIds(at: Date, count: number): string[] {
  const moment = at.getTime().toString(16).padStart(12, '0');
  return Array.from({ length: count }, (_, i) => {
    // 12 bits of counter behind the version, 14 more behind the variant.
    const high = (i >>> 14) & 0xfff;
    const low = 0x8000 | (i & 0x3fff);
    const tail = randomBytes(6).toString('hex');
    return [
      moment.slice(0, 8),
      moment.slice(8),
      `7${high.toString(16).padStart(3, '0')}`,
      low.toString(16),
      tail,
    ].join('-');
  });
}
