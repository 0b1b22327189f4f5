import { expect, test } from '@jest/globals';
import { emptyPlace } from '../support/database.ts';
import { latchkeyWith } from './latchkey-command.ts';

test('where there is no embedded database yet, the first command makes it', async () => {
  const place = await emptyPlace();
  const fresh = latchkeyWith(place.env);
  const outcomes = await Promise.all([fresh('user list'), fresh('api list'), fresh('client list')]);
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0]);
  await place.dispose();
});
