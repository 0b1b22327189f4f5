import { type Command, Option } from 'commander';
import { removeSecondFactors } from '../identity/second-factors/second-factors.ts';
import { sendVerification } from '../identity/email-verification/email-verification.ts';
import {
  createUser,
  disableUser,
  enableUser,
  getUser,
  getUserBySignInName,
  listUsers,
  setPassword,
  type User,
} from '../identity/users/users.ts';
import type { Services } from '../services.ts';
import { type Answer, doneAnswer, type Fields, listAnswer, recordAnswer } from './answer.ts';
import { COMMAND_LINE } from './command-line-actor.ts';
import type { Runner } from './run-command.ts';
import { type PasswordSource, readNewPassword } from './terminal.ts';
import { addUserImport } from './user-import-command.ts';
import { positiveNumber, withExamples } from './usage.ts';

export function addUserCommands(program: Command, runner: Runner): void {
  const user = program.command('user').description('people who sign in');
  addCreate(user, runner);
  addList(user, runner);
  addAccess(user, runner);
  addSetPassword(user, runner);
  addRemoveSecondFactors(user, runner);
  addVerifyEmail(user, runner);
  addUserImport(user, runner);
  withExamples(user, ['user create alice --email alice@example.com', 'user list --json']);
}

function passwordStdin(): Option {
  return new Option(
    '--password-stdin',
    'read the password from standard input instead of asking for it',
  );
}

interface CreateOptions extends PasswordSource {
  email?: string;
  name?: string;
  locale?: string;
  administrator?: true;
  /** False for --no-password. */
  password: boolean;
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
    .action(async (login: string, options: CreateOptions) => {
      const { email, name, locale, administrator } = options;
      const password = options.password ? await readNewPassword(options) : undefined;
      const request = { login, email, name, locale, administrator, password };
      await withServices(async (services) =>
        recordAnswer(fieldsOf(await createUser(services, request, COMMAND_LINE))),
      );
    });
  withExamples(create, [
    'user create alice --email alice@example.com --name "Alice Example" --administrator',
    'user create bob --password-stdin < bobs-password.txt',
  ]);
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
        const { json, text } = listAnswer('users', users.map(fieldsOf), columns);
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
          return changed(services, found, done);
        }),
      );
    withExamples(command, [`user ${name} mallory`]);
  }
}

function addSetPassword(user: Command, { withServices }: Runner): void {
  const command = user
    .command('set-password <login>')
    .description('set a person’s password; all their sessions and tokens end')
    .addOption(passwordStdin())
    .action(async (login: string, options: PasswordSource) => {
      const password = await readNewPassword(options);
      await withServices(async (services) => {
        const found = await getUserBySignInName(services, login);
        await setPassword(services, { userId: found.id, password }, COMMAND_LINE);
        return changed(
          services,
          found,
          'has a new password; their sessions and tokens have ended.',
        );
      });
    });
  withExamples(command, [
    'user set-password alice',
    'user set-password alice --password-stdin < new-password.txt',
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
        return changed(services, found, done);
      }),
    );
  withExamples(command, ['user remove-second-factors alice']);
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
          ...fieldsOf(found),
        });
      }),
    );
  withExamples(command, ['user verify-email alice']);
}

async function changed(services: Services, { id }: User, done: string): Promise<Answer> {
  const user = await getUser(services, id);
  return doneAnswer(`${user.login} ${done}`, fieldsOf(user));
}

function fieldsOf(user: User): Fields {
  return {
    id: user.id,
    login: user.login,
    email: user.email,
    name: user.name,
    locale: user.locale,
    administrator: user.administrator,
    disabled_at: user.disabledAt,
    created_at: user.createdAt,
  };
}
