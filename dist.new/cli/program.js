// The command line: every command there is, in the order of the help.
import { Command } from 'commander';
import { addApiCommands } from './api-commands.js';
import { addAuditCommands } from './audit-commands.js';
import { addClientCommands } from './client-commands.js';
import { addConsentCommands } from './consent-commands.js';
import { addKeyCommands } from './key-commands.js';
import { addMaintenanceCommands } from './maintenance-commands.js';
import { addRegistrationTokenCommands } from './registration-token-commands.js';
import { createRunner } from './run-command.js';
import { addUserCommands } from './user-commands.js';
import { withExamples } from './usage.js';
const COMMANDS = [
    addUserCommands,
    addClientCommands,
    addApiCommands,
    addConsentCommands,
    addKeyCommands,
    addRegistrationTokenCommands,
    addAuditCommands,
    addMaintenanceCommands,
];
/** Answers and refusals go where the process's do; a wrong command line is a CommanderError. */
export function createProgram() {
    const program = new Command('latchkey')
        .description('An OAuth 2.0 and OpenID Connect identity provider, from the command line.')
        .option('--json', 'answer with one JSON document on standard output')
        .configureHelp({ showGlobalOptions: true })
        .exitOverride();
    withExamples(program, [
        'api create urn:example:orders --permission orders:read',
        'client create --type service --name nightly --allow urn:example:orders=orders:read --json',
    ]);
    const runner = createRunner(() => program.opts().json ?? false);
    for (const add of COMMANDS)
        add(program, runner);
    return program;
}
//# sourceMappingURL=program.js.map