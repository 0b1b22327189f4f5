import { expect, test } from '@jest/globals';
import { createStrengthMeter } from '../../src/identity/passwords/password-strength.ts';

const warnings: unknown[] = [];
const log = { warn: (...args: unknown[]) => void warnings.push(args) };
const meter = createStrengthMeter({ log });
const alice = { login: 'alice', email: 'wonder.land@example.com', name: 'Alice Liddell' };

test.each([
  ['password', 0],
  ['alice liddell', 0],
  ['correct horse battery staple', 4],
])('%j is of level %i', async (password, level) => {
  expect(await meter.measure(password, alice)).toMatchObject({ level });
});

test('what cannot be a password is not measured', async () => {
  for (const text of ['', 'with\0nul', 'x'.repeat(1_000_000)]) {
    expect(await meter.measure(text, alice)).toBeUndefined();
  }
  expect(warnings).toEqual([]);
});

test('the longest password holds nobody up', async () => {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 5);
  const strength = await meter.measure('p@ssw0rd'.repeat(16), alice);
  clearInterval(timer);

  expect(strength).toMatchObject({ level: expect.any(Number) });
  expect(turns).toBeGreaterThan(10);
});

test('a crowd gets its pages without the measure', async () => {
  const crowd = await Promise.all(
    Array.from({ length: 8 }, () => meter.measure('tr0ub4dor', alice)),
  );
  expect(crowd.filter((strength) => strength === undefined)).toHaveLength(3);
  expect(warnings).toHaveLength(3);
  expect(JSON.stringify(warnings)).not.toContain('tr0ub4dor');
});
