// The process: settings, then one node or several workers, then signals. What a person can mend is told in a sentence
// on the terminal, with exit code 1. Whatever takes long to load is imported when it is known to be needed.
import cluster from 'node:cluster';
import type { Config } from './config.ts';
import { loadConfig, unknownSettings } from './server/environment.ts';
import { stopOnPrimary, stopOnSignals } from './server/process-events.ts';
import { explainStartFailure } from './server/start-failure.ts';

try {
  const config = loadConfig();
  await (cluster.isWorker ? runWorker(config) : run(config));
} catch (error) {
  await fail(error);
}

async function run(config: Config): Promise<void> {
  for (const name of unknownSettings()) {
    process.stderr.write(`warning: .env sets ${name}, which is no setting of Latchkey.\n`);
  }
  const { assertMigrated, migrate } = await import('./storage/migrate.ts');
  await (config.migrate === 'auto' ? migrate(config) : assertMigrated(config));
  const running = await (config.workers === 1 ? startAlone(config) : startSeveral(config));
  stopOnSignals(running, config.shutdownSeconds);
}

async function startAlone(config: Config) {
  const { startNode } = await import('./server/node.ts');
  return startNode(config, { isFirst: true });
}

async function startSeveral(config: Config) {
  const { createLogger } = await import('./operations/log.ts');
  const { startWorkers } = await import('./server/workers.ts');
  return startWorkers({ config, log: createLogger(config) });
}

async function runWorker(config: Config): Promise<void> {
  const { startNode } = await import('./server/node.ts');
  const running = await startNode(config, { isFirst: cluster.worker?.id === 1 });
  stopOnPrimary(running, config.shutdownSeconds);
}

async function fail(error: unknown): Promise<never> {
  const sentence = explainStartFailure(error);
  if (sentence === undefined) {
    const { createLogger } = await import('./operations/log.ts');
    createLogger({ logLevel: 'fatal' }).fatal({ err: error }, 'a bug prevented the start');
  }
  const text = sentence ?? 'Latchkey could not start because of a bug; the log says more.';
  if (text) process.stderr.write(`${text}\n`);
  process.exit(1);
}
