import { afterEach, expect, test } from '@jest/globals';
import { isInteractive } from '../../src/cli/terminal.ts';

const STREAMS = ['stdin', 'stdout', 'stderr'] as const;
const before = STREAMS.map((name) => process[name].isTTY);

afterEach(() => {
  STREAMS.forEach((name, i) => Object.assign(process[name], { isTTY: before[i] }));
});

test.each([
  [['stdin', 'stdout', 'stderr'], true],
  [['stdin', 'stderr'], true], // the answer goes to a file or a program
  [['stdin', 'stdout'], false], // nobody would see the question
  [['stdout', 'stderr'], false],
])('with a terminal at %j, whether somebody can be asked is %j', (terminals, isAsked) => {
  for (const name of STREAMS) Object.assign(process[name], { isTTY: terminals.includes(name) });
  expect(isInteractive()).toBe(isAsked);
});
