import type { Command } from 'commander';
import { purgeExpired } from '../operations/jobs/purge.ts';
import { migrate } from '../storage/migrate.ts';
import { doneAnswer, recordAnswer } from './answer.ts';
import type { Runner } from './run-command.ts';
import { withExamples } from './usage.ts';

export function addMaintenanceCommands(program: Command, runner: Runner): void {
  const migration = program
    .command('migrate')
    .description('bring the database up to date; safe to run anywhere, any number of times')
    .action(() =>
      runner.withConfig(async (config) => {
        const applied = await migrate(config);
        const text = applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'It is up to date.';
        return doneAnswer(text, { applied });
      }),
    );
  withExamples(migration, ['migrate', 'migrate --json']);

  const purge = program
    .command('purge')
    .description('remove what has expired, as the server does by itself every few minutes')
    .action(() => runner.withServices(async (services) => recordAnswer(await purged(services))));
  withExamples(purge, ['purge', 'purge --json']);
}

async function purged(services: Parameters<typeof purgeExpired>[0]) {
  const { protocolStates, rateLimits, ...others } = await purgeExpired(services);
  return { protocol_states: protocolStates, rate_limits: rateLimits, ...others };
}
