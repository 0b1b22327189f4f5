import type { Command } from 'commander';
import { scheduleDeletion } from '../identity/users/account-deletion.ts';
import { deleteUser, getUserBySignInName } from '../identity/users/users.ts';
import { doneAnswer } from './answer.ts';
import { COMMAND_LINE } from './command-line-actor.ts';
import type { Runner } from './run-command.ts';
import { withExamples } from './usage.ts';

export function addUserDeletion(user: Command, { withServices }: Runner): void {
  const command = user
    .command('delete <login>')
    .description('delete a person after ACCOUNT_DELETION_DAYS; their sessions and tokens end now')
    .option('--now', 'without the days in which they may keep their account')
    .action((name: string, { now }: { now?: true }) =>
      withServices(async (services) => {
        const { id, login } = await getUserBySignInName(services, name);
        if (now) {
          await deleteUser(services, id, COMMAND_LINE);
          return doneAnswer(`${login} is deleted.`, { id, login, done: 'delete' });
        }
        const dueAt = await scheduleDeletion(services, id, COMMAND_LINE);
        return doneAnswer(
          `${login} is deleted after ${dueAt.toISOString()}, unless they sign in and stay.`,
          { id, login, deletion_due_at: dueAt },
        );
      }),
    );
  withExamples(command, ['user delete mallory', 'user delete mallory --now']);
}
