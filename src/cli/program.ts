// The command line: every command there is, in the order of the help.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import * as z from 'zod';
import { addApiCommands } from './api-commands.ts';
import { addAuditCommands } from './audit-commands.ts';
import { addClientCommands } from './client-commands.ts';
import { addConsentCommands } from './consent-commands.ts';
import { addKeyCommands } from './key-commands.ts';
import { addMailCommands } from './mail-commands.ts';
import { addMaintenanceCommands } from './maintenance-commands.ts';
import { addRegistrationTokenCommands } from './registration-token-commands.ts';
import type { Runner } from './run-command.ts';
import { addUserCommands } from './user-commands.ts';
import { withExamples } from './usage.ts';

const COMMANDS = [
  addUserCommands,
  addClientCommands,
  addApiCommands,
  addConsentCommands,
  addKeyCommands,
  addRegistrationTokenCommands,
  addAuditCommands,
  addMailCommands,
  addMaintenanceCommands,
];

/**
 * A wrong command line is a CommanderError.
 * @param createRunner given a function that knows, once the options are parsed, whether JSON is wanted
 * @param writeErr where the text of faults and of the help that they bring goes; standard error when absent
 */
export function createProgram(
  createRunner: (wantsJson: () => boolean) => Runner,
  writeErr = (text: string): void => void process.stderr.write(text),
): Command {
  const program = new Command('latchkey')
    .description('An OAuth 2.0 and OpenID Connect identity provider, from the command line.')
    .version(readVersion(), '--version', 'print the version')
    .option('--json', 'answer with one JSON document on standard output')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeErr })
    .exitOverride();
  withExamples(program, [
    'api create urn:example:orders --permission orders:read',
    'client create --type service --name nightly --allow urn:example:orders=orders:read --json',
  ]);

  const runner = createRunner(() => program.opts<{ json?: true }>().json ?? false);
  for (const add of COMMANDS) add(program, runner);
  return program;
}

const packageFile = z.object({ version: z.string() });

function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return packageFile.parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}
