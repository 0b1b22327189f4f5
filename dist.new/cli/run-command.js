import { ensureInstallation } from '../identity/setup/setup.js';
import { createLogger } from '../operations/log.js';
import { jsonText, printable } from './answer.js';
import { loadConfig } from './cli-config.js';
import { requireDatabase } from './database-state.js';
/** @param wantsJson asked when the answer is there: the options are parsed by then */
export function createRunner(wantsJson) {
    const print = ({ json, text }) => {
        process.stdout.write(`${wantsJson() ? jsonText(json) : printable(text)}\n`);
    };
    return {
        withConfig: async (work) => print(await work(loadConfig())),
        withServices: async (work) => print(await onServices(loadConfig(), work)),
    };
}
async function onServices(config, work) {
    await requireDatabase(config);
    // Standard output is for the answer, and the answer says what was done: only failures are logged.
    const log = createLogger({ logLevel: 'error' }, process.stderr);
    const { openServices } = await import('../services.js'); // not for help or a mistyped option
    const services = await openServices(config, { log });
    try {
        await ensureInstallation(services);
        return await work(services);
    }
    finally {
        await services.close();
    }
}
//# sourceMappingURL=run-command.js.map