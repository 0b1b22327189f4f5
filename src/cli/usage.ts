// The doorway of commander's types that several command files share, and what all commands have in common.
import { type Command, CommanderError, InvalidArgumentError } from 'commander';

/** The exit code of wrong usage, as of shells and coreutils. */
export const USAGE_EXIT_CODE = 2;

const USAGE_FAULT = 'latchkey.usage';

/** A command line that cannot be meant: it ends the process with exit code 2. */
export function usageFault(message: string, { cause }: { cause?: unknown } = {}): CommanderError {
  const fault = new CommanderError(USAGE_EXIT_CODE, USAGE_FAULT, message);
  fault.cause = cause;
  return fault;
}

/** Whether its message is still to be printed: commander prints its own. */
export function isUnprinted({ code }: CommanderError): boolean {
  return code === USAGE_FAULT;
}

/** Its message alone: commander puts `error:` before its own, and has none where it shows the help. */
export function usageSentence({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'A command is missing; --help names them.';
  return message.replace(/^error: /, '');
}

/** Shown at the end of the command's help. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ bin/latchkey ${example}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** For repeatable options. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** Option parser for whole numbers. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** Option parser for how many of something are wanted. */
export function positiveNumber(text: string): number {
  const number = wholeNumber(text);
  if (number < 1) throw new InvalidArgumentError('It must be 1 or more.');
  return number;
}

/** Option parser for moments: a date, or a date and time, as ISO 8601 spells them. */
export function moment(text: string): Date {
  const date = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('It must be a date such as 2027-01-31 or 2027-01-31T12:00Z.');
  }
  return date;
}
