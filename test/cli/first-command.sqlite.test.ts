import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { emptyPlace } from '../support/database.ts';
import { latchkeyWith } from './latchkey-command.ts';

test('where there is no embedded database yet, the first command makes it and says so', async () => {
  const place = await emptyPlace();
  const fresh = latchkeyWith(place.env);
  const outcomes = await Promise.all([fresh('user list'), fresh('api list'), fresh('client list')]);
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0]);
  const told = `There was no database in ${place.env.DATA_DIR}: a new one is made.\n`;
  expect(outcomes.map(({ err }) => err)).toContain(told);

  expect(await fresh('user list')).toEqual({ code: 0, out: 'No users.\n', err: '' });
  await place.dispose();
});

test('where it may not be made, nothing is', async () => {
  const place = await emptyPlace();
  const { code, err } = await latchkeyWith({ ...place.env, MIGRATE: 'off' })('user list');
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('latchkey migrate') });
  expect(existsSync(place.env.DATA_DIR)).toBe(false);
  await place.dispose();
});
