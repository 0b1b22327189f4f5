import { expect, test } from '@jest/globals';
import { remembered } from '../../src/protocol/remembered.ts';

function counted() {
  const asked: string[] = [];
  const find = remembered((source: { name: string }, question: string) => {
    asked.push(`${source.name} ${question}`);
    if (question === 'wrong') throw new Error('refused');
    return [question];
  });
  return { asked, find };
}

test('the same question of the same source is found once; another source is asked for itself', () => {
  const { asked, find } = counted();
  const [one, other] = [{ name: 'one' }, { name: 'other' }];
  expect([find(one, 'a'), find(one, 'a'), find(other, 'a'), find(one, 'b')]).toEqual([
    ['a'],
    ['a'],
    ['a'],
    ['b'],
  ]);
  expect(asked).toEqual(['one a', 'other a', 'one b']);
});

test('a refusal is not kept', () => {
  const { asked, find } = counted();
  const source = { name: 'one' };
  expect(() => find(source, 'wrong')).toThrow('refused');
  expect(() => find(source, 'wrong')).toThrow('refused');
  expect(asked).toHaveLength(2);
});

test('a caller who asks for ever more makes the source start anew, not grow', () => {
  const { asked, find } = counted();
  const source = { name: 'one' };
  for (let i = 0; i < 100; i++) find(source, `${i}`);
  find(source, '0');
  expect(asked).toHaveLength(100);
  find(source, '100');
  find(source, '0');
  expect(asked).toHaveLength(102);
});
