import { createRegistrationToken } from '../protocol/clients/registration-tokens.js';
import { recordAnswer } from './answer.js';
import { COMMAND_LINE } from './command-line-actor.js';
import { usageFault, wholeNumber, withExamples } from './usage.js';
const DAY_MS = 86_400_000;
const MAX_DAYS = 3650;
export function addRegistrationTokenCommands(program, { withServices }) {
    const token = program
        .command('registration-token')
        .description('initial access tokens for dynamic client registration (RFC 7591)');
    const create = token
        .command('create')
        .description('make a token, shown now and never again, with which clients may be registered')
        .option('--days <number>', 'how long it works', wholeNumber, 30)
        .action(async ({ days }) => {
        if (days < 1 || days > MAX_DAYS)
            throw usageFault(`--days: 1 to ${MAX_DAYS}.`);
        await withServices(async (services) => {
            const expiresAt = new Date(services.clock.now().getTime() + days * DAY_MS);
            const { token: initial } = await createRegistrationToken(services, { expiresAt }, COMMAND_LINE);
            return recordAnswer({ initial_access_token: initial, expires_at: expiresAt });
        });
    });
    withExamples(create, ['registration-token create', 'registration-token create --days 1 --json']);
}
//# sourceMappingURL=registration-token-commands.js.map