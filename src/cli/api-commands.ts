import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Api, createApi, listApis, setApiLevel } from '../authorization/apis/apis.ts';
import {
  API_SIGNING_ALGS,
  type NewPermission,
  type SigningAlg,
  TOKEN_FORMATS,
  type TokenFormat,
} from '../authorization/apis/new-api.ts';
import { getUserBySignInName } from '../identity/users/users.ts';
import {
  ASSURANCE_LEVELS,
  type AssuranceLevel,
  levelNamed,
  nameOfLevel,
} from '../protocol/interactions/assurance.ts';
import { type Fields, listAnswer, recordAnswer } from './answer.ts';
import { COMMAND_LINE } from './command-line-actor.ts';
import type { Runner } from './run-command.ts';
import { collect, usageFault, wholeNumber, withExamples } from './usage.ts';

export function addApiCommands(program: Command, runner: Runner): void {
  const api = program
    .command('api')
    .description('APIs that tokens are made for (resource servers)');
  addCreate(api, runner);
  addUpdate(api, runner);
  addList(api, runner);
  withExamples(api, ['api create urn:example:orders --permission orders:read', 'api list --json']);
}

interface CreateOptions {
  permission?: string[];
  descriptionOf?: Record<string, string>;
  name?: string;
  tokenFormat?: TokenFormat;
  tokenSeconds?: number;
  signingAlg?: SigningAlg;
  acr?: AssuranceLevel;
  owner?: string;
}

function addCreate(api: Command, { withServices }: Runner): void {
  const create = api
    .command('create <identifier>')
    .description('register an API; its identifier is the audience of its tokens')
    .option('--permission <name>', 'what it lets callers do: a scope value (repeatable)', collect)
    .option(
      '--description-of <name=text>',
      'a permission in words, for consent (repeatable)',
      describe,
    )
    .option('--name <name>', 'what people call it; the identifier, if absent')
    .addOption(new Option('--token-format <format>', 'jwt, if absent').choices(TOKEN_FORMATS))
    .option('--token-seconds <seconds>', 'ACCESS_TOKEN_SECONDS, if absent', wholeNumber)
    .addOption(new Option('--signing-alg <alg>', 'ES256, if absent').choices(API_SIGNING_ALGS))
    .addOption(new Option('--acr <level>', ACR_MEANS).choices(ASSURANCE_LEVELS))
    .option('--owner <login>', 'who answers for it; the oldest administrator, if absent')
    .action((identifier: string, options: CreateOptions) => {
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

const ACR_MEANS = 'what people must prove for its tokens: aal2 is two factors';

function addUpdate(api: Command, { withServices }: Runner): void {
  const update = api
    .command('update <identifier>')
    .description('change what an API demands')
    .addOption(
      new Option('--acr <level>', ACR_MEANS).choices(ASSURANCE_LEVELS).makeOptionMandatory(),
    )
    .action((identifier: string, { acr }: { acr: AssuranceLevel }) =>
      withServices(async (services) => {
        const change = { identifier, level: levelNamed(acr) };
        return recordAnswer(fieldsOf(await setApiLevel(services, change, COMMAND_LINE)));
      }),
    );
  withExamples(update, ['api update urn:example:orders --acr aal2']);
}

function addList(api: Command, { withServices }: Runner): void {
  const list = api
    .command('list')
    .description('list the APIs')
    .action(() =>
      withServices(async (services) => {
        const columns = ['identifier', 'name', 'permissions', 'owner', 'disabled_at'];
        return listAnswer('apis', (await listApis(services)).map(fieldsOf), columns);
      }),
    );
  withExamples(list, ['api list', 'api list --json']);
}

function requestOf({ permission = [], descriptionOf = {}, ...options }: CreateOptions) {
  const stray = Object.keys(descriptionOf).find((name) => !permission.includes(name));
  if (stray) throw usageFault(`--description-of ${stray}: there is no --permission ${stray}.`);

  const permissions = permission.map(
    (name): NewPermission => ({ name, description: descriptionOf[name] }),
  );
  const { name, tokenFormat, tokenSeconds, signingAlg, acr } = options;
  const level = acr && levelNamed(acr);
  return { name, permissions, tokenFormat, accessTokenSeconds: tokenSeconds, signingAlg, level };
}

function describe(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be a permission, =, and what it means.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

function fieldsOf(api: Api): Fields {
  return {
    identifier: api.identifier,
    name: api.name,
    permissions: api.permissions,
    token_format: api.tokenFormat,
    access_token_seconds: api.accessTokenSeconds,
    signing_alg: api.signingAlg,
    acr: nameOfLevel(api.level === 2 ? 2 : 1),
    owner: api.owner?.login,
    disabled_at: api.disabledAt,
    created_at: api.createdAt,
  };
}
