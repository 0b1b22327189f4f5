// The doorway of commander's types that several command files share, and what all commands have in common.
import { CommanderError, InvalidArgumentError } from 'commander';
/** The exit code of wrong usage, as of shells and coreutils. */
export const USAGE_EXIT_CODE = 2;
const USAGE_FAULT = 'latchkey.usage';
/** A command line that cannot be meant: it ends the process with exit code 2. */
export function usageFault(message, { cause } = {}) {
    const fault = new CommanderError(USAGE_EXIT_CODE, USAGE_FAULT, message);
    fault.cause = cause;
    return fault;
}
/** Whether its message is still to be printed: commander prints its own. */
export function isUnprinted({ code }) {
    return code === USAGE_FAULT;
}
/** Shown at the end of the command's help. */
export function withExamples(command, examples) {
    const lines = examples.map((example) => `  $ bin/latchkey ${example}`);
    return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}
/** For repeatable options. */
export function collect(value, before = []) {
    return [...before, value];
}
/** Option parser for whole numbers. */
export function wholeNumber(text) {
    if (!/^\d{1,9}$/.test(text))
        throw new InvalidArgumentError('It must be a whole number.');
    return Number(text);
}
/** Option parser for moments: a date, or a date and time, as ISO 8601 spells them. */
export function moment(text) {
    const date = new Date(text);
    if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(date.getTime())) {
        throw new InvalidArgumentError('It must be a date such as 2027-01-31 or 2027-01-31T12:00Z.');
    }
    return date;
}
//# sourceMappingURL=usage.js.map