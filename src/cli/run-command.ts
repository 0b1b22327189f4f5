// How every command is run: settings and database are opened for it, its answer is printed, everything is closed.
import type { Config } from '../config.ts';
import { ensureInstallation } from '../identity/setup/setup.ts';
import { createLogger } from '../operations/log.ts';
import type { Services } from '../services.ts';
import { type Answer, jsonText, printable } from './answer.ts';
import { loadConfig } from '../server/environment.ts';
import { requireDatabase } from './database-state.ts';

export interface Runner {
  /** For commands that need the settings alone. */
  withConfig: (work: (config: Config) => Promise<Answer>) => Promise<void>;
  /** For commands on a database that is up to date. */
  withServices: (work: (services: Services) => Promise<Answer>) => Promise<void>;
}

/** The runner of the process: its environment, its standard output. */
export function createRunner(wantsJson: () => boolean): Runner {
  const print = ({ json, text, incomplete }: Answer) => {
    if (incomplete) process.exitCode = 1;
    process.stdout.write(`${wantsJson() ? jsonText(json) : printable(text)}\n`);
  };
  return {
    withConfig: async (work) => print(await work(loadConfig())),
    withServices: async (work) => print(await onServices(loadConfig(), work)),
  };
}

async function onServices(config: Config, work: (services: Services) => Promise<Answer>) {
  await requireDatabase(config);
  // Standard output is for the answer, and the answer says what was done: only failures are logged.
  const log = createLogger({ logLevel: 'error' }, process.stderr);
  const { openServices } = await import('../services.ts'); // not for help or a mistyped option
  const services = await openServices(config, { log });
  try {
    await ensureInstallation(services);
    return await work(services);
  } finally {
    await services.close();
  }
}
