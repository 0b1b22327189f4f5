// What the handbook tells people to type is what the command line takes. Only parsed: no command acts.
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { type Command, CommanderError } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { ROOT } from '../support/database.ts';

const DOCUMENTS = ['README.md', 'docs/command-line.md', 'docs/operations.md', 'docs/SECURITY.md'];
const IDLE = { withConfig: () => Promise.resolve(), withServices: () => Promise.resolve() };

const documented = DOCUMENTS.flatMap((file) =>
  commandsIn(readFileSync(`${ROOT}${file}`, 'utf8')).map((line) => [file, line] as const),
);

test.each(documented)('%s: %s', (_, line) => {
  expect(faultOf(line)).toBeUndefined();
});

test.each([
  ['user create --login alice', "error: unknown option '--login'"],
  ['user create alice bob', 'too many arguments'],
  ['key drop', "missing required argument 'kid'"],
  ['client create --name "My app"', "required option '--type"],
  ['user remove alice', "unknown command 'remove'"],
  ['user', 'help'],
])('`%s` would be found', (line, fault) => {
  expect(faultOf(line)).toContain(fault);
});

test('commands are found in code blocks, over several lines, and within sentences', () => {
  const text = [
    '```sh',
    'bin/latchkey key list    # a comment',
    '```',
    '',
    '    bin/latchkey api create urn:x:y \\',
    '      --permission "a b" < file',
    '',
    'Run `bin/latchkey key\nrotate` twice; `bin/latchkey` is the command line.',
  ].join('\n');
  expect(commandsIn(text)).toEqual([
    'key list',
    'api create urn:x:y --permission "a b"',
    'key rotate',
  ]);
});

/** The command lines of a document, without the program's name and without what the shell does for them. */
function commandsIn(text: string): string[] {
  const inline = [...text.matchAll(/`bin\/latchkey\s+([^`]+)`/g)];
  const blocks = [...text.replaceAll(/\\\n\s*/g, '').matchAll(/^\s*bin\/latchkey (.+)$/gm)];
  return [...blocks, ...inline].map(([, line = '']) =>
    line
      .replace(/\s+(?:[<>|] |#).*$/, '')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  );
}

/** What commander says of it. */
function faultOf(line: string): string | undefined {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  );
  let said = '';
  const program = createProgram(() => IDLE);
  for (const command of withChildren(program)) {
    if (command.commands.length === 0) command.action(() => undefined);
    command.configureOutput({
      writeOut: () => undefined,
      writeErr: (text) => {
        said += text;
      },
    });
  }
  try {
    program.parse(words, { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? undefined : said;
  }
}

function withChildren(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withChildren)];
}
