// The process behind bin/latchkey. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
import { CommanderError } from 'commander';
import { ConfigError } from '../config.ts';
import { DomainError } from '../foundation/errors.ts';
import { explainDatabaseFault } from '../operations/database-explanation.ts';
import { jsonText, printable } from './answer.ts';
import { createProgram } from './program.ts';
import { createRunner } from './run-command.ts';
import { isUnprinted, USAGE_EXIT_CODE, usageSentence } from './usage.ts';

process.noDeprecation = true; // what a package will have to change is not for the operator to read
process.stdout.once('error', () => process.exit(1)); // whoever reads, `head` for one, has seen enough

// Known before the line is parsed, since what is wrong with the line is told as JSON too.
const wantsJson = process.argv.includes('--json');

try {
  await (wantsJson
    ? createProgram(createRunner, () => {})
    : createProgram(createRunner)
  ).parseAsync();
} catch (error) {
  process.exitCode = conclude(error);
}

/** Says what went wrong, if nobody said it yet, and answers the exit code. */
function conclude(error: unknown): number {
  if (!(error instanceof CommanderError)) {
    complain(toldOf(error));
    return 1;
  }
  if (error.exitCode === 0) return 0;
  if (wantsJson || isUnprinted(error)) {
    complain({ code: 'invalid_usage', sentence: usageSentence(error) });
  }
  return USAGE_EXIT_CODE;
}

interface Complaint {
  code: string;
  sentence: string;
}

function toldOf(error: unknown): Complaint {
  if (error instanceof ConfigError) {
    return { code: 'invalid_settings', sentence: `The settings are wrong:\n${error.message}` };
  }
  if (error instanceof DomainError) return { code: error.code, sentence: error.message };

  const explained = explainDatabaseFault(error);
  if (explained) return { code: 'database_unavailable', sentence: explained };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'server_error', sentence: `Something unexpected happened: ${message}` };
}

function complain({ code, sentence }: Complaint): void {
  const text = wantsJson
    ? jsonText({ error: code, error_description: sentence })
    : `error: ${printable(sentence)}`;
  process.stderr.write(`${text}\n`);
}
