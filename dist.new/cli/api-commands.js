import { InvalidArgumentError, Option } from 'commander';
import { createApi, listApis } from '../authorization/apis/apis.js';
import { API_SIGNING_ALGS, TOKEN_FORMATS, } from '../authorization/apis/new-api.js';
import { getUserBySignInName } from '../identity/users/users.js';
import { listAnswer, recordAnswer } from './answer.js';
import { COMMAND_LINE } from './command-line-actor.js';
import { collect, usageFault, wholeNumber, withExamples } from './usage.js';
export function addApiCommands(program, runner) {
    const api = program
        .command('api')
        .description('APIs that tokens are made for (resource servers)');
    addCreate(api, runner);
    addList(api, runner);
}
function addCreate(api, { withServices }) {
    const create = api
        .command('create <identifier>')
        .description('register an API; its identifier is the audience of its tokens')
        .option('--permission <name>', 'what it lets callers do: a scope value (repeatable)', collect)
        .option('--description-of <name=text>', 'a permission in words, for consent (repeatable)', describe)
        .option('--name <name>', 'what people call it; the identifier, if absent')
        .addOption(new Option('--token-format <format>', 'jwt, if absent').choices(TOKEN_FORMATS))
        .option('--token-seconds <seconds>', 'ACCESS_TOKEN_SECONDS, if absent', wholeNumber)
        .addOption(new Option('--signing-alg <alg>', 'ES256, if absent').choices(API_SIGNING_ALGS))
        .option('--owner <login>', 'who answers for it; the oldest administrator, if absent')
        .action((identifier, options) => {
        const request = { identifier, ...requestOf(options) };
        return withServices(async (services) => {
            const { owner } = options;
            const ownerId = owner && (await getUserBySignInName(services, owner)).id;
            const made = await createApi(services, { ...request, ownerId }, COMMAND_LINE);
            return recordAnswer(fieldsOf(made));
        });
    });
    withExamples(create, [
        'api create urn:example:orders --permission orders:read --permission orders:write',
        'api create https://api.example.com --name "Orders" --permission orders:read ' +
            '--description-of "orders:read=See your orders" --token-seconds 300 --owner alice',
    ]);
}
function addList(api, { withServices }) {
    const list = api
        .command('list')
        .description('list the APIs')
        .action(() => withServices(async (services) => {
        const columns = ['identifier', 'name', 'permissions', 'token_format', 'disabled_at'];
        return listAnswer('apis', (await listApis(services)).map(fieldsOf), columns);
    }));
    withExamples(list, ['api list', 'api list --json']);
}
function requestOf({ permission = [], descriptionOf = {}, ...options }) {
    const stray = Object.keys(descriptionOf).find((name) => !permission.includes(name));
    if (stray)
        throw usageFault(`--description-of ${stray}: there is no --permission ${stray}.`);
    const permissions = permission.map((name) => ({ name, description: descriptionOf[name] }));
    const { name, tokenFormat, tokenSeconds, signingAlg } = options;
    return { name, permissions, tokenFormat, accessTokenSeconds: tokenSeconds, signingAlg };
}
function describe(text, before = {}) {
    const at = text.indexOf('=');
    if (at < 1)
        throw new InvalidArgumentError('It must be a permission, =, and what it means.');
    return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
function fieldsOf(api) {
    return {
        identifier: api.identifier,
        name: api.name,
        permissions: api.permissions,
        token_format: api.tokenFormat,
        access_token_seconds: api.accessTokenSeconds,
        signing_alg: api.signingAlg,
        owner_id: api.ownerId,
        disabled_at: api.disabledAt,
        created_at: api.createdAt,
    };
}
//# sourceMappingURL=api-commands.js.map