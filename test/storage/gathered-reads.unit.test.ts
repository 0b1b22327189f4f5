import { expect, test } from '@jest/globals';
import { gatherReads } from '../../src/storage/gathered-reads.ts';

function counted(answer: (keys: string[]) => Map<string, string>) {
  const asked: string[][] = [];
  const read = gatherReads((keys) => {
    asked.push(keys);
    return Promise.resolve(answer(keys));
  });
  return { asked, read };
}

const echo = (keys: string[]) => new Map(keys.map((key) => [key, key.toUpperCase()]));

test('what one turn asks for is read together, each key once', async () => {
  const { asked, read } = counted(echo);
  const answers = await Promise.all([read('a'), read('b'), read('a')]);
  expect(answers).toEqual(['A', 'B', 'A']);
  expect(asked).toEqual([['a', 'b']]);

  expect(await read('a')).toBe('A');
  expect(asked).toEqual([['a', 'b'], ['a']]);
});

test('what is not there is null, beside what is', async () => {
  const { read } = counted(() => new Map([['a', 'A']]));
  expect(await Promise.all([read('a'), read('b')])).toEqual(['A', null]);
});

test('a failure is everybody’s who asked, and nobody’s who asks later', async () => {
  let isBroken = true;
  const { read } = counted((keys) => {
    if (isBroken) throw new Error('gone');
    return echo(keys);
  });
  const outcomes = await Promise.allSettled([read('a'), read('b')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);

  isBroken = false;
  expect(await read('a')).toBe('A');
});
