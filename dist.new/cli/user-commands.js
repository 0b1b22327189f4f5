import { createUser, disableUser, enableUser, getUser, getUserBySignInName, listUsers, setPassword, } from '../identity/users/users.js';
import { doneAnswer, listAnswer, recordAnswer } from './answer.js';
import { COMMAND_LINE } from './command-line-actor.js';
import { readNewPassword } from './terminal.js';
import { wholeNumber, withExamples } from './usage.js';
export function addUserCommands(program, runner) {
    const user = program.command('user').description('people who sign in');
    addCreate(user, runner);
    addList(user, runner);
    addAccess(user, runner);
    addSetPassword(user, runner);
}
function addCreate(user, { withServices }) {
    const create = user
        .command('create <login>')
        .description('create a person; the first administrator also completes the setup')
        .option('--email <address>', 'their e-mail address; a login with an @ is one already')
        .option('--name <name>', 'their name, as applications may see it')
        .option('--administrator', 'may administer this server')
        .option('--password-stdin', 'read the password from standard input instead of asking for it')
        .option('--no-password', 'nobody can sign in as them until a password is set')
        .action(async (login, options) => {
        const { email, name, administrator } = options;
        const password = options.password ? await readNewPassword(options) : undefined;
        const request = { login, email, name, administrator, password };
        await withServices(async (services) => recordAnswer(fieldsOf(await createUser(services, request, COMMAND_LINE))));
    });
    withExamples(create, [
        'user create alice --email alice@example.com --name "Alice Example" --administrator',
        'user create bob --password-stdin < bobs-password.txt',
    ]);
}
function addList(user, { withServices }) {
    const list = user
        .command('list')
        .description('list people in the order of their creation')
        .option('--limit <number>', 'how many at most', wholeNumber, 100)
        .option('--after <id>', 'start after this id: `next` of the page before')
        .action((options) => withServices(async (services) => {
        const { users, next } = await listUsers(services, options);
        const columns = ['login', 'email', 'name', 'administrator', 'disabled_at'];
        const { json, text } = listAnswer('users', users.map(fieldsOf), columns);
        return {
            json: { ...json, ...(next && { next }) },
            text: next ? `${text}\nMore with --after ${next}` : text,
        };
    }));
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
];
function addAccess(user, { withServices }) {
    for (const { name, act, description, done } of ACCESS) {
        const command = user
            .command(`${name} <login>`)
            .description(description)
            .action((login) => withServices(async (services) => {
            const found = await getUserBySignInName(services, login);
            await act(services, found.id, COMMAND_LINE);
            return changed(services, found, done);
        }));
        withExamples(command, [`user ${name} mallory`]);
    }
}
function addSetPassword(user, { withServices }) {
    const command = user
        .command('set-password <login>')
        .description('set a person’s password; all their sessions and tokens end')
        .option('--password-stdin', 'read the password from standard input instead of asking for it')
        .action(async (login, options) => {
        const password = await readNewPassword(options);
        await withServices(async (services) => {
            const found = await getUserBySignInName(services, login);
            await setPassword(services, { userId: found.id, password }, COMMAND_LINE);
            return changed(services, found, 'has a new password; their sessions and tokens have ended.');
        });
    });
    withExamples(command, [
        'user set-password alice',
        'user set-password alice --password-stdin < new-password.txt',
    ]);
}
async function changed(services, { id }, done) {
    const user = await getUser(services, id);
    return doneAnswer(`${user.login} ${done}`, fieldsOf(user));
}
function fieldsOf(user) {
    return {
        id: user.id,
        login: user.login,
        email: user.email,
        name: user.name,
        administrator: user.administrator,
        disabled_at: user.disabledAt,
        created_at: user.createdAt,
    };
}
//# sourceMappingURL=user-commands.js.map