import { expect, test } from '@jest/globals';
import { newTimeOrderedIds } from '../../src/foundation/time-ordered-ids.ts';

const UUID_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('the ids are UUIDs of version 7, each once, in order, and carry the moment', () => {
  const at = new Date('2026-01-01T00:00:00.123Z');
  const ids = newTimeOrderedIds(at, 40_000);
  expect(ids.filter((id) => !UUID_7.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(40_000);
  expect(ids.toSorted()).toEqual(ids);
  const moment = Number.parseInt((ids[0] ?? '').replaceAll('-', '').slice(0, 12), 16);
  expect(new Date(moment)).toEqual(at);
  expect(newTimeOrderedIds(at, 1)).not.toEqual(newTimeOrderedIds(at, 1));
});
