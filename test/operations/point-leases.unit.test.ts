import { expect, test } from '@jest/globals';
import { createLeases } from '../../src/operations/point-leases.ts';

const inAMinute = () => Date.now() + 60_000;

test('points are taken ten at a time, and everyone who came pays for his own', async () => {
  let taken = 0;
  const spend = createLeases(async (_, points) => {
    taken += points;
    return inAMinute();
  }, 10);
  await Promise.all(Array.from({ length: 50 }, () => spend('alice')));
  expect(taken).toBe(50);
  await spend('alice');
  expect(taken).toBe(60);
});

test('each key has its own', async () => {
  const taken: string[] = [];
  const spend = createLeases(async (key) => {
    taken.push(key);
    return inAMinute();
  }, 10);
  await Promise.all(['alice', 'bob', 'alice'].map(spend));
  expect(taken).toEqual(['alice', 'bob']);
});

test('when there are none, everyone who waits hears it, and the next asks again', async () => {
  let asked = 0;
  const spend = createLeases(async () => {
    asked += 1;
    throw new Error('none left');
  }, 10);
  const outcomes = await Promise.allSettled([spend('alice'), spend('alice')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(asked).toBe(1);
  await expect(spend('alice')).rejects.toThrow('none left');
  expect(asked).toBe(2);
});

test('points of a window that has ended are not spent', async () => {
  let asked = 0;
  const spend = createLeases(async () => {
    asked += 1;
    return asked === 1 ? Date.now() + 20 : inAMinute();
  }, 10);
  await spend('alice');
  await new Promise((resolve) => setTimeout(resolve, 30));
  await spend('alice');
  expect(asked).toBe(2);
});
