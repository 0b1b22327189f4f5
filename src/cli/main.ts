// The process behind bin/latchkey. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
import { CommanderError } from 'commander';
import { ConfigError } from '../config.ts';
import { DomainError } from '../foundation/errors.ts';
import { explainDatabaseFault } from '../operations/database-explanation.ts';
import { printable } from './answer.ts';
import { createProgram } from './program.ts';
import { createRunner } from './run-command.ts';
import { isUnprinted, USAGE_EXIT_CODE } from './usage.ts';

process.noDeprecation = true; // what a package will have to change is not for the operator to read
process.stdout.once('error', () => process.exit(1)); // whoever reads, `head` for one, has seen enough

try {
  await createProgram(createRunner).parseAsync();
} catch (error) {
  process.exitCode = conclude(error);
}

/** Says what went wrong, if nobody said it yet, and answers the exit code. */
function conclude(error: unknown): number {
  if (error instanceof CommanderError) {
    if (isUnprinted(error)) complain(error.message);
    return error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
  }
  complain(sentenceOf(error));
  return 1;
}

function sentenceOf(error: unknown): string {
  if (error instanceof ConfigError) return `The settings are wrong:\n${error.message}`;
  if (error instanceof DomainError) return error.message;
  const explained = explainDatabaseFault(error);
  if (explained) return explained;
  return `Something unexpected happened: ${error instanceof Error ? error.message : String(error)}`;
}

function complain(sentence: string): void {
  process.stderr.write(`error: ${printable(sentence)}\n`);
}
