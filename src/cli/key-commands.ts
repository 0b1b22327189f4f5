import { type Command, Option } from 'commander';
import { SIGNING_ALGS } from '../protocol/clients/client-presets.ts';
import {
  assertNextKeysKnown,
  dropRetiredKey,
  listSigningKeys,
  rotateSigningKeys,
  type SigningKey,
} from '../protocol/keys/signing-keys.ts';
import { type Fields, listAnswer } from './answer.ts';
import { COMMAND_LINE } from './command-line-actor.ts';
import type { Runner } from './run-command.ts';
import { withExamples } from './usage.ts';

export function addKeyCommands(program: Command, { withServices }: Runner): void {
  const key = program.command('key').description('keys that sign tokens');
  withExamples(key, ['key list', 'key rotate']);

  const list = key
    .command('list')
    .description('list the keys: next, current and retired')
    .action(() => withServices(async (services) => answer(await listSigningKeys(services))));
  withExamples(list, ['key list', 'key list --json']);

  const rotate = key
    .command('rotate')
    .description('let the next key sign; servers follow within seconds, and no token is refused')
    .addOption(new Option('--alg <alg>', 'of this algorithm alone').choices(SIGNING_ALGS))
    .option('--force', 'even if some have not read the next key yet, as after a theft')
    .action(({ alg, force }: { alg?: string; force?: boolean }) =>
      withServices(async (services) => {
        if (!force) await assertNextKeysKnown(services, { alg });
        return answer(await rotateSigningKeys(services, { alg }, COMMAND_LINE));
      }),
    );
  withExamples(rotate, ['key rotate', 'key rotate --alg ES256', 'key rotate --force']);

  const drop = key
    .command('drop')
    .description('end a retired key that may have been stolen: what it signed is refused')
    .argument('<kid>', 'the id of a retired key')
    .action((kid: string) =>
      withServices(async (services) => {
        await dropRetiredKey(services, kid, COMMAND_LINE);
        return answer(await listSigningKeys(services));
      }),
    );
  withExamples(drop, ['key drop Ck7xVbTnE0wq']);
}

function answer(keys: SigningKey[]) {
  return listAnswer('keys', keys.map(fieldsOf), [
    'kid',
    'alg',
    'state',
    'activated_at',
    'retired_at',
  ]);
}

function fieldsOf({ id, alg, state, createdAt, activatedAt, retiredAt }: SigningKey): Fields {
  return {
    kid: id,
    alg,
    state,
    created_at: createdAt,
    activated_at: activatedAt,
    retired_at: retiredAt,
  };
}
