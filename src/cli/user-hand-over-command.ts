import type { Command } from 'commander';
import { handOver } from '../authorization/ownership/ownership.ts';
import { getUserBySignInName } from '../identity/users/users.ts';
import { recordAnswer } from './answer.ts';
import { COMMAND_LINE } from './command-line-actor.ts';
import type { Runner } from './run-command.ts';
import { withExamples } from './usage.ts';

export function addUserHandOver(user: Command, { withServices }: Runner): void {
  const command = user
    .command('hand-over <login>')
    .description('give all clients and APIs that a person answers for to another')
    .requiredOption('--to <login>', 'who answers for them from now on')
    .action((name: string, options: { to: string }) =>
      withServices(async (services) => {
        const from = await getUserBySignInName(services, name);
        const to = await getUserBySignInName(services, options.to);
        const given = { from: from.id, to: to.id, actor: COMMAND_LINE };
        return recordAnswer({
          from: from.login,
          to: to.login,
          ...(await handOver(services, given)),
        });
      }),
    );
  withExamples(command, ['user hand-over mallory --to alice']);
}
