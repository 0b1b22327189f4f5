import { Option } from 'commander';
import { SIGNING_ALGS } from '../protocol/clients/client-presets.js';
import { listSigningKeys, rotateSigningKeys, } from '../protocol/keys/signing-keys.js';
import { listAnswer } from './answer.js';
import { COMMAND_LINE } from './command-line-actor.js';
import { withExamples } from './usage.js';
export function addKeyCommands(program, { withServices }) {
    const key = program.command('key').description('keys that sign tokens');
    const list = key
        .command('list')
        .description('list the keys: next, current and retired')
        .action(() => withServices(async (services) => answer(await listSigningKeys(services))));
    withExamples(list, ['key list', 'key list --json']);
    const rotate = key
        .command('rotate')
        .description('let the next key sign; servers follow within seconds, and no token is refused')
        .addOption(new Option('--alg <alg>', 'of this algorithm alone').choices(SIGNING_ALGS))
        .action(({ alg }) => withServices(async (services) => answer(await rotateSigningKeys(services, { alg }, COMMAND_LINE))));
    withExamples(rotate, ['key rotate', 'key rotate --alg ES256']);
}
function answer(keys) {
    return listAnswer('keys', keys.map(fieldsOf), [
        'kid',
        'alg',
        'state',
        'activated_at',
        'retired_at',
    ]);
}
function fieldsOf({ id, alg, state, createdAt, activatedAt, retiredAt }) {
    return {
        kid: id,
        alg,
        state,
        created_at: createdAt,
        activated_at: activatedAt,
        retired_at: retiredAt,
    };
}
//# sourceMappingURL=key-commands.js.map