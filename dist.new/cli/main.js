// The process behind bin/latchkey. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
import { CommanderError } from 'commander';
import { ConfigError } from '../config.js';
import { DomainError } from '../foundation/errors.js';
import { isUnavailable } from '../storage/database-errors.js';
import { printable } from './answer.js';
import { createProgram } from './program.js';
import { isUnprinted, USAGE_EXIT_CODE } from './usage.js';
try {
    await createProgram().parseAsync();
}
catch (error) {
    process.exitCode = conclude(error);
}
/** Says what went wrong, if nobody said it yet, and answers the exit code. */
function conclude(error) {
    if (error instanceof CommanderError) {
        if (isUnprinted(error))
            complain(error.message);
        return error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
    }
    complain(sentenceOf(error));
    return 1;
}
function sentenceOf(error) {
    if (error instanceof ConfigError)
        return `The settings are wrong:\n${error.message}`;
    if (error instanceof DomainError)
        return error.message;
    if (isUnavailable(error))
        return 'The database cannot be reached, or is busy. Try again.';
    return `Something unexpected happened: ${error instanceof Error ? error.message : String(error)}`;
}
function complain(sentence) {
    process.stderr.write(`error: ${printable(sentence)}\n`);
}
//# sourceMappingURL=main.js.map