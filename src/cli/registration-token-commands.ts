import type { Command } from 'commander';
import { createRegistrationToken } from '../protocol/clients/registration-tokens.ts';
import { recordAnswer } from './answer.ts';
import { COMMAND_LINE } from './command-line-actor.ts';
import type { Runner } from './run-command.ts';
import { usageFault, wholeNumber, withExamples } from './usage.ts';

const DAY_MS = 86_400_000;
const MAX_DAYS = 3650;

export function addRegistrationTokenCommands(program: Command, { withServices }: Runner): void {
  const token = program
    .command('registration-token')
    .description('initial access tokens for dynamic client registration (RFC 7591)');
  withExamples(token, ['registration-token create --days 1']);

  const create = token
    .command('create')
    .description('make a token, shown now and never again, with which clients may be registered')
    .option('--days <number>', 'how long it works', wholeNumber, 30)
    .action(async ({ days }: { days: number }) => {
      if (days < 1 || days > MAX_DAYS) throw usageFault(`--days: 1 to ${MAX_DAYS}.`);

      await withServices(async (services) => {
        if (!services.config.dynamicRegistration) {
          process.stderr.write(
            'warning: DYNAMIC_REGISTRATION is off: no server takes this token until it is on.\n',
          );
        }
        const expiresAt = new Date(services.clock.now().getTime() + days * DAY_MS);
        const { token: initial } = await createRegistrationToken(
          services,
          { expiresAt },
          COMMAND_LINE,
        );
        return recordAnswer({ initial_access_token: initial, expires_at: expiresAt });
      });
    });
  withExamples(create, ['registration-token create', 'registration-token create --days 1 --json']);
}
