// What people prove themselves with, set and taken away by an operator.
import { type Command, Option } from 'commander';
import { passwordUseOf, removeSecondFactors } from '../identity/second-factors/second-factors.ts';
import { getUserBySignInName, setPassword } from '../identity/users/users.ts';
import { COMMAND_LINE } from './command-line-actor.ts';
import type { Runner } from './run-command.ts';
import { type PasswordSource, readNewPassword } from './terminal.ts';
import { withExamples } from './usage.ts';
import { changedUser } from './user-fields.ts';

export function addUserCredentialCommands(user: Command, runner: Runner): void {
  addSetPassword(user, runner);
  addRemoveSecondFactors(user, runner);
}

export function passwordStdin(): Option {
  return new Option(
    '--password-stdin',
    'read the password from standard input instead of asking for it',
  );
}

function addSetPassword(user: Command, { withServices }: Runner): void {
  const command = user
    .command('set-password <login>')
    .description('set a person’s password; all their sessions and tokens end')
    .addOption(passwordStdin())
    .option('--temporary', 'they choose another at their next sign-in')
    .action(async (login: string, options: PasswordSource & { temporary?: true }) => {
      const password = await readNewPassword(options);
      await withServices(async (services) => {
        const { id } = await getUserBySignInName(services, login);
        const use = await passwordUseOf(services, id);
        const request = { userId: id, password, use, temporary: options.temporary };
        await setPassword(services, request, COMMAND_LINE);
        return changedUser(
          services,
          id,
          'has a new password; their sessions and tokens have ended.',
        );
      });
    });
  withExamples(command, [
    'user set-password alice',
    'user set-password alice --temporary --password-stdin < new-password.txt',
  ]);
}

function addRemoveSecondFactors(user: Command, { withServices }: Runner): void {
  const command = user
    .command('remove-second-factors <login>')
    .description('for a person who lost them: remove authenticator, passkeys and recovery codes')
    .action((login: string) =>
      withServices(async (services) => {
        const found = await getUserBySignInName(services, login);
        const done = (await removeSecondFactors(services, found.id, COMMAND_LINE))
          ? 'signs in with the password alone until they set up another.'
          : 'had no second factor.';
        return changedUser(services, found.id, done);
      }),
    );
  withExamples(command, ['user remove-second-factors alice']);
}
