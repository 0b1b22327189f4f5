import type { Command } from 'commander';
import { changeAppearance, type ChangedAppearance } from '../protocol/clients/client-appearance.ts';
import { getClient } from '../protocol/clients/clients.ts';
import { recordAnswer } from './answer.ts';
import { clientFields } from './client-fields.ts';
import { COMMAND_LINE } from './command-line-actor.ts';
import type { Runner } from './run-command.ts';
import { usageFault, withExamples } from './usage.ts';

interface Options {
  name?: string;
  clientUri?: string;
  logoUri?: string;
  policyUri?: string;
  tosUri?: string;
  accent?: string;
  accentDark?: string;
}

const NONE = 'none';

/** `client update`: how it appears to people. */
export function addClientUpdate(client: Command, { withServices }: Runner): void {
  const update = client
    .command('update <client_id>')
    .description('change how an application appears to people; `none` takes a field away')
    .option('--name <name>', 'what people call it')
    .option('--client-uri <uri>', 'its home page')
    .option('--logo-uri <uri>', 'its logo; https alone')
    .option('--policy-uri <uri>', 'its privacy policy')
    .option('--tos-uri <uri>', 'its terms')
    .option('--accent <colour>', 'the colour of buttons and links on its pages, as in 0a58ca')
    .option('--accent-dark <colour>', 'the same on dark pages; the nearest that does, if absent')
    .action((id: string, options: Options) => {
      if (Object.keys(options).length === 0)
        throw usageFault('Name what is to change; see --help.');
      return withServices(async (services) => {
        const change = changeOf(options);
        await changeAppearance(services, { clientId: id, change }, COMMAND_LINE);
        return recordAnswer(clientFields(await getClient(services, id)));
      });
    });
  withExamples(update, [
    'client update 3f0c9a… --accent 0a58ca',
    'client update 3f0c9a… --name "Shop" --logo-uri none',
  ]);
}

function changeOf({ name, ...options }: Options): ChangedAppearance {
  return {
    name,
    clientUri: orNull(options.clientUri),
    logoUri: orNull(options.logoUri),
    policyUri: orNull(options.policyUri),
    tosUri: orNull(options.tosUri),
    accentColor: orNull(options.accent),
    accentColorDark: orNull(options.accentDark),
  };
}

const orNull = (text: string | undefined) => (text === NONE ? null : text);
