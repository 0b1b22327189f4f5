import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { jsonText, listAnswer, printable, recordAnswer } from '../../src/cli/answer.ts';
import { createProgram } from '../../src/cli/program.ts';
import { ROOT } from '../support/database.ts';
import { latchkeyWith } from './latchkey-command.ts';

const IDLE = { withConfig: () => Promise.resolve(), withServices: () => Promise.resolve() };

const latchkey = latchkeyWith({ DATA_DIR: '/nowhere/that/may/be/made' });

/** Every command that does something, by its words. */
function leaves(command: Command, words: string[] = []): [string, Command][] {
  const path = (name: string) => [...words, name];
  return command.commands.flatMap((one): [string, Command][] =>
    one.commands.length > 0 ? leaves(one, path(one.name())) : [[path(one.name()).join(' '), one]],
  );
}

const COMMANDS = leaves(createProgram(() => IDLE));

test('there is a command for everything the operator does', () => {
  const verbs = new Map<string, string[]>();
  for (const [words] of COMMANDS) {
    const [noun = '', verb] = words.split(' ');
    verbs.set(noun, [...(verbs.get(noun) ?? []), ...(verb ? [verb] : [])]);
  }
  expect(Object.fromEntries(verbs)).toEqual({
    user: [
      'create',
      'list',
      'disable',
      'enable',
      'update',
      'delete',
      'hand-over',
      'set-password',
      'remove-second-factors',
      'verify-email',
      'invite',
      'invitations',
      'revoke-invitation',
      'import',
    ],
    client: ['create', 'list', 'show', 'update', 'rotate-secret', 'disable', 'delete'],
    api: ['create', 'update', 'list'],
    consent: ['list', 'revoke'],
    key: ['list', 'rotate', 'drop'],
    mail: ['list', 'retry'],
    'registration-token': ['create'],
    audit: ['list'],
    migrate: [],
    purge: [],
  });
});

test.each(COMMANDS)(
  '%s explains itself with an example, here and in the handbook',
  (words, command) => {
    let help = '';
    command.configureOutput({
      writeOut: (text) => {
        help += text;
      },
    });
    command.outputHelp();

    expect(help).toContain(`  $ bin/latchkey ${words}`);
    expect(help).toContain('--json');
    expect(command.description()).not.toBe('');
    expect(HANDBOOK).toContain(`bin/latchkey ${words}`);
    for (const { long } of command.options) expect(HANDBOOK).toContain(`${long}`);
  },
);

const HANDBOOK = readFileSync(`${ROOT}docs/command-line.md`, 'utf8');

test.each(createProgram(() => IDLE).commands.filter(({ commands }) => commands.length > 0))(
  'the help of $_name has examples of what is in it',
  (group) => {
    let help = '';
    group.configureOutput({ writeOut: (text) => void (help += text) });
    group.outputHelp();
    expect(help).toMatch(new RegExp(`\\$ bin/latchkey ${group.name()} `));
  },
);

test('no secret is ever an argument', () => {
  for (const [, command] of COMMANDS) {
    const taking = command.options.filter(({ required, optional }) => required || optional);
    const texts = [...taking, ...command.registeredArguments].map((one) => one.name());
    expect(texts.filter((name) => /password|secret$|token$/.test(name))).toEqual([]);
  }
});

test.each([
  ['nonsense', 'unknown command'],
  ['user', 'Usage: latchkey user'],
  ['user create', 'missing required argument'],
  ['user create alice', '--password-stdin'],
  ['user create alice --password hunter2hunter2', 'unknown option'],
  ['user list --limit many', 'whole number'],
  ['user list --limit 0', '1 or more'],
  ['audit list --limit 0', '1 or more'],
  ['user create alice --no-password --password-stdin', 'cannot be used with'],
  ['user list extra', 'too many arguments'],
  ['client create --name X', '--type'],
  ['client create --type toaster --name X', 'toaster'],
  ['client create --type service --name X --allow orders:read', '--allow'],
  ['client create --type service --name X --jwks-file /nowhere', '--jwks-file'],
  ['api create urn:x:y --description-of a=b', '--description-of a'],
  ['audit list --since yesterday', '2027-01-31'],
  ['audit list --type sign_in', 'sign_in'],
])('`%s` is wrong usage', async (line, hint) => {
  const { code, out, err } = await latchkey(line);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(hint);
  expect(err).not.toMatch(/^\s+at /m);
});

test.each(['--help', 'help', 'client create --help', '--version'])(
  '`%s` is no fault',
  async (line) => {
    const { code, out, err } = await latchkey(line);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).not.toBe('');
  },
);

test('all faults of the settings are told at once', async () => {
  const { code, out, err } = await latchkeyWith({ PORT: 'x', ISSUER: 'nonsense' })('user list');
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain('PORT');
  expect(err).not.toMatch(/^\s+at /m);
});

test.each([
  ['nonsense', 2, 'invalid_usage', 'unknown command'],
  ['user', 2, 'invalid_usage', '--help'],
  ['user create alice', 2, 'invalid_usage', '--password-stdin'],
  ['user list --limit many', 2, 'invalid_usage', 'whole number'],
  ['user list', 1, 'data_directory_unwritable', 'DATA_DIR'],
])('with --json, `%s` fails as one JSON document too', async (line, status, error, hint) => {
  const { code, out, err } = await latchkeyWith({ DATA_DIR: '/dev/null/data' })(`${line} --json`);
  expect({ code, out }).toEqual({ code: status, out: '' });
  expect(JSON.parse(err)).toEqual({ error, error_description: expect.stringContaining(hint) });
  expect(JSON.parse(err).error_description).not.toMatch(/^error:/);
});

test('with --json, settings that are wrong are told as JSON too', async () => {
  const { err } = await latchkeyWith({ PORT: 'x' })('user list --json');
  expect(JSON.parse(err)).toMatchObject({ error: 'invalid_settings' });
});

test('attack 42: a name cannot act on the terminal, nor break the JSON', () => {
  const fields = { name: 'Shop\u001b[2J\u0007\u009b31m\u202e', list: ['a\rb'] };
  const answer = listAnswer('clients', [fields], ['name', 'list']);
  expect(printable(answer.text)).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
  expect(printable(recordAnswer(fields).text).split('\n')).toHaveLength(2);
  expect(jsonText(answer.json)).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
  expect(JSON.parse(jsonText(answer.json))).toEqual({ clients: [fields] });
});

test('attack 42: a line break in a name begins no line of its own', () => {
  const rows = [{ name: 'Shop\nroot  administrator', note: 'a\u2028b' }];
  const text = printable(listAnswer('users', rows, ['name', 'note']).text);
  expect(text.split(/[\n\u2028]/)).toHaveLength(2);
  expect(text).toContain('Shop\ufffdroot');
  expect(printable(recordAnswer(rows[0] ?? {}).text).split('\n')).toHaveLength(2);
});

test('what is absent is left out', () => {
  const fields = { id: '1', name: null, email: undefined, list: [], day: new Date(0), on: false };
  expect(recordAnswer(fields).text.split('\n')).toEqual([
    'id   1',
    'day  1970-01-01T00:00:00.000Z',
    'on   false',
  ]);
  expect(JSON.parse(jsonText(fields))).toEqual({
    id: '1',
    list: [],
    day: '1970-01-01T00:00:00.000Z',
    on: false,
  });
});
