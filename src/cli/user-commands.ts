import { type Command, Option } from 'commander';
import { sendVerification } from '../identity/email-verification/email-verification.ts';
import {
  createUser,
  disableUser,
  enableUser,
  getUserBySignInName,
  listUsers,
} from '../identity/users/users.ts';
import { correctProfile } from '../identity/users/profile-correction.ts';
import { doneAnswer, listAnswer, recordAnswer } from './answer.ts';
import { COMMAND_LINE } from './command-line-actor.ts';
import { addInvitationCommands } from './invitation-commands.ts';
import type { Runner } from './run-command.ts';
import { type PasswordSource, readNewPassword } from './terminal.ts';
import { addUserCredentialCommands, passwordStdin } from './user-credential-commands.ts';
import { addUserDeletion } from './user-deletion-command.ts';
import { addUserHandOver } from './user-hand-over-command.ts';
import { changedUser, userFields } from './user-fields.ts';
import { addUserImport } from './user-import-command.ts';
import { positiveNumber, usageFault, withExamples } from './usage.ts';

export function addUserCommands(program: Command, runner: Runner): void {
  const user = program.command('user').description('people who sign in');
  addCreate(user, runner);
  addList(user, runner);
  addAccess(user, runner);
  addUpdate(user, runner);
  addUserDeletion(user, runner);
  addUserHandOver(user, runner);
  addUserCredentialCommands(user, runner);
  addVerifyEmail(user, runner);
  addInvitationCommands(user, runner);
  addUserImport(user, runner);
  withExamples(user, ['user create alice --email alice@example.com', 'user list --json']);
}

interface CreateOptions extends PasswordSource {
  email?: string;
  name?: string;
  locale?: string;
  administrator?: true;
  /** False for --no-password. */
  password: boolean;
  temporaryPassword?: true;
}

function addCreate(user: Command, { withServices }: Runner): void {
  const create = user
    .command('create <login>')
    .description('create a person; the first administrator also completes the setup')
    .option('--email <address>', 'their email address; a login with an @ is one already')
    .option('--name <name>', 'their name, as applications may see it')
    .option('--locale <tag>', 'the language of their pages and mails, such as de or pt-BR')
    .option('--administrator', 'may administer this server')
    .addOption(passwordStdin().conflicts('password'))
    .option('--no-password', 'nobody can sign in as them until a password is set')
    .addOption(
      new Option('--temporary-password', 'they choose another at their first sign-in').conflicts(
        'password',
      ),
    )
    .action(async (login: string, options: CreateOptions) => {
      const { email, name, locale, administrator, temporaryPassword } = options;
      const password = options.password ? await readNewPassword(options) : undefined;
      const request = { login, email, name, locale, administrator, password, temporaryPassword };
      await withServices(async (services) =>
        recordAnswer(userFields(await createUser(services, request, COMMAND_LINE))),
      );
    });
  withExamples(create, [
    'user create alice --email alice@example.com --name "Alice Example" --administrator',
    'user create bob --password-stdin < bobs-password.txt',
  ]);
}

interface UpdateOptions {
  name?: string;
  locale?: string;
}

function addUpdate(user: Command, { withServices }: Runner): void {
  const update = user
    .command('update <login>')
    .description('correct a person’s name or language; an empty one takes it away')
    .option('--name <name>', 'their name, as applications may see it')
    .option('--locale <tag>', 'the language of their pages and mails, such as de or pt-BR')
    .action(async (login: string, { name, locale }: UpdateOptions) => {
      if (name === undefined && locale === undefined)
        throw usageFault('Give what is to change: --name, --locale or both.');
      await withServices(async (services) => {
        const { id } = await getUserBySignInName(services, login);
        await correctProfile(services, { userId: id, name, locale }, COMMAND_LINE);
        return changedUser(services, id, 'is as you said.');
      });
    });
  withExamples(update, ['user update alice --locale de --name "Alice Liddell"']);
}

interface ListOptions {
  limit: number;
  after?: string;
}

function addList(user: Command, { withServices }: Runner): void {
  const list = user
    .command('list')
    .description('list people in the order of their creation')
    .option('--limit <number>', 'how many at most', positiveNumber, 100)
    .option('--after <id>', 'start after this id: `next` of the page before')
    .action((options: ListOptions) =>
      withServices(async (services) => {
        const { users, next } = await listUsers(services, options);
        const columns = ['login', 'email', 'name', 'administrator', 'disabled_at'];
        const { json, text } = listAnswer('users', users.map(userFields), columns);
        return {
          json: { ...json, ...(next && { next }) },
          text: next ? `${text}\nMore with --after ${next}` : text,
        };
      }),
    );
  withExamples(list, ['user list', 'user list --limit 1000 --json']);
}

const ACCESS = [
  {
    name: 'disable',
    act: disableUser,
    description: 'end a person’s sessions and tokens and refuse new ones',
    done: 'is disabled; their sessions and tokens have ended.',
  },
  {
    name: 'enable',
    act: enableUser,
    description: 'let a disabled person sign in again',
    done: 'may sign in again.',
  },
] as const;

function addAccess(user: Command, { withServices }: Runner): void {
  for (const { name, act, description, done } of ACCESS) {
    const command = user
      .command(`${name} <login>`)
      .description(description)
      .action((login: string) =>
        withServices(async (services) => {
          const found = await getUserBySignInName(services, login);
          await act(services, found.id, COMMAND_LINE);
          return changedUser(services, found.id, done);
        }),
      );
    withExamples(command, [`user ${name} mallory`]);
  }
}

function addVerifyEmail(user: Command, { withServices }: Runner): void {
  const command = user
    .command('verify-email <login>')
    .description('mail a person a link that verifies their email address')
    .action((login: string) =>
      withServices(async (services) => {
        const found = await getUserBySignInName(services, login);
        await sendVerification(services, found.id, { actor: COMMAND_LINE });
        return doneAnswer(`${found.login} is sent a link that verifies ${found.email}.`, {
          ...userFields(found),
        });
      }),
    );
  withExamples(command, ['user verify-email alice']);
}
