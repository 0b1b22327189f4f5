import type { Command } from 'commander';
import { getUserBySignInName } from '../identity/users/users.ts';
import { rotateClientSecret } from '../protocol/clients/client-secrets.ts';
import {
  createClient,
  deleteClient,
  disableClient,
  getClient,
  listClients,
} from '../protocol/clients/clients.ts';
import { doneAnswer, listAnswer, recordAnswer } from './answer.ts';
import { clientFields } from './client-fields.ts';
import { addClientUpdate } from './client-update-command.ts';
import { addClientOptions, type ClientOptions, readNewClient } from './client-options.ts';
import { COMMAND_LINE } from './command-line-actor.ts';
import type { Runner } from './run-command.ts';
import { moment, wholeNumber, withExamples } from './usage.ts';

export function addClientCommands(program: Command, runner: Runner): void {
  const client = program.command('client').description('applications that ask for tokens');
  addCreate(client, runner);
  addList(client, runner);
  addShow(client, runner);
  addClientUpdate(client, runner);
  addRotateSecret(client, runner);
  addEndings(client, runner);
  withExamples(client, [
    'client create --type web --name Shop --redirect-uri https://shop.example.com/callback',
    'client list --json',
  ]);
}

function addCreate(client: Command, { withServices }: Runner): void {
  const create = addClientOptions(client.command('create'))
    .description('register an application; its secret is shown now and never again')
    .action(async (options: ClientOptions) => {
      const request = await readNewClient(options);
      await withServices(async (services) => {
        const { owner } = options;
        const ownerId = owner && (await getUserBySignInName(services, owner)).id;
        const made = await createClient(services, { ...request, ownerId }, COMMAND_LINE);
        const { client_id, ...fields } = clientFields(made.client);
        return recordAnswer({
          client_id,
          ...(made.secret && { client_secret: made.secret }),
          ...fields,
        });
      });
    });
  withExamples(create, [
    'client create --type service --name nightly --allow urn:example:orders=orders:read --json',
    'client create --type web --name Shop --redirect-uri https://shop.example.com/callback ' +
      '--post-logout-redirect-uri https://shop.example.com/ --owner alice',
    'client create --type spa --name Board --redirect-uri https://board.example.com/callback',
    'client create --type native --name Desk --redirect-uri http://127.0.0.1/callback',
  ]);
}

function addList(client: Command, { withServices }: Runner): void {
  const list = client
    .command('list')
    .description('list the applications')
    .action(() =>
      withServices(async (services) => {
        const rows = (await listClients(services)).map(clientFields);
        const columns = ['client_id', 'client_name', 'type', 'owner', 'disabled_at'];
        return listAnswer('clients', rows, columns);
      }),
    );
  withExamples(list, ['client list', 'client list --json']);
}

function addShow(client: Command, { withServices }: Runner): void {
  const show = client
    .command('show <client_id>')
    .description('show one application; never its secrets')
    .action((id: string) =>
      withServices(async (services) => recordAnswer(clientFields(await getClient(services, id)))),
    );
  withExamples(show, ['client show 3f0c9a…']);
}

interface RotationOptions {
  keepOldSeconds: number;
  expires?: Date;
}

function addRotateSecret(client: Command, { withServices }: Runner): void {
  const rotate = client
    .command('rotate-secret <client_id>')
    .description('add a secret, shown now and never again; the older ones run out')
    .option(
      '--keep-old-seconds <seconds>',
      'how long the older ones still work',
      wholeNumber,
      86_400,
    )
    .option('--expires <date>', 'when the new one ends; never, if absent', moment)
    .action((id: string, { keepOldSeconds, expires }: RotationOptions) =>
      withServices(async (services) => {
        const request = { clientId: id, keepOldSeconds, expiresAt: expires };
        const { secret, expiresAt } = await rotateClientSecret(services, request, COMMAND_LINE);
        return recordAnswer({ client_id: id, client_secret: secret, expires_at: expiresAt });
      }),
    );
  withExamples(rotate, [
    'client rotate-secret 3f0c9a…',
    'client rotate-secret 3f0c9a… --keep-old-seconds 0 --expires 2027-01-31',
  ]);
}

const ENDINGS = [
  {
    name: 'disable',
    act: disableClient,
    description: 'end its tokens and refuse it new ones; its registration stays',
    done: 'is disabled; its tokens have ended.',
  },
  {
    name: 'delete',
    act: deleteClient,
    description: 'delete it with its secrets, consents and tokens',
    done: 'is deleted.',
  },
] as const;

function addEndings(client: Command, { withServices }: Runner): void {
  for (const { name, act, description, done } of ENDINGS) {
    const command = client
      .command(`${name} <client_id>`)
      .description(description)
      .action((id: string) =>
        withServices(async (services) => {
          await act(services, id, COMMAND_LINE);
          return doneAnswer(`${id} ${done}`, { client_id: id, done: name });
        }),
      );
    withExamples(command, [`client ${name} 3f0c9a…`]);
  }
}
