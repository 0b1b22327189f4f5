import { purgeExpired } from '../operations/jobs/purge.js';
import { migrate } from '../storage/migrate.js';
import { doneAnswer, recordAnswer } from './answer.js';
import { withExamples } from './usage.js';
export function addMaintenanceCommands(program, runner) {
    const migration = program
        .command('migrate')
        .description('bring the database up to date; safe to run anywhere, any number of times')
        .action(() => runner.withConfig(async (config) => {
        const applied = await migrate(config);
        const text = applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'It is up to date.';
        return doneAnswer(text, { applied });
    }));
    withExamples(migration, ['migrate', 'migrate --json']);
    const purge = program
        .command('purge')
        .description('remove what has expired, as the server does by itself every few minutes')
        .action(() => runner.withServices(async (services) => recordAnswer(await purged(services))));
    withExamples(purge, ['purge', 'purge --json']);
}
async function purged(services) {
    const { protocolStates, rateLimits, ...others } = await purgeExpired(services);
    return { protocol_states: protocolStates, rate_limits: rateLimits, ...others };
}
//# sourceMappingURL=maintenance-commands.js.map