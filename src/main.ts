// The process: settings, workers or one node, signals. Faults that a person can mend are told in a
// sentence on the terminal, with exit code 1.
import cluster from 'node:cluster';
import { type Config, ConfigError } from './config.ts';
import { DomainError } from './foundation/errors.ts';
import { prepareInstallation, recordWeakenings } from './installation.ts';
import { createLogger } from './operations/log.ts';
import { isUnavailable } from './storage/database-errors.ts';
import { loadConfig } from './server/environment.ts';
import { assertMigrated, migrate } from './storage/migrate.ts';
import { startNode } from './server/node.ts';
import { openServices } from './services.ts';
import { welcome } from './server/welcome.ts';

try {
  const config = loadConfig();
  const { stop } = cluster.isWorker ? await startNode(config, async () => {}) : await start(config);
  stopOnSignal(stop);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
  if (cluster.isWorker) process.disconnect();
}

async function start(config: Config): Promise<{ stop(): Promise<void> }> {
  await (config.migrate === 'auto' ? migrate(config) : assertMigrated(config));
  const greet = (setupUrl: string | undefined) => process.stderr.write(welcome(config, setupUrl));
  if (config.workers === 1) {
    let setupUrl: string | undefined;
    const node = await startNode(config, async (services) => {
      setupUrl = await prepareInstallation(services);
      await recordWeakenings(services);
    });
    greet(setupUrl);
    return node;
  }

  const services = await openServices(config);
  const setupUrl = await prepareInstallation(services);
  await recordWeakenings(services);
  await services.close();
  const { startWorkers } = await import('./server/workers.ts');
  const workers = await startWorkers({ log: createLogger(config), count: config.workers });
  greet(setupUrl);
  return workers;
}

function stopOnSignal(stop: () => Promise<void>): void {
  let isStopping = false;
  const handle = () => {
    if (isStopping) process.exit(1);
    isStopping = true;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${explain(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', handle);
  process.on('SIGINT', handle);
}

function explain(error: unknown): string {
  if (error instanceof ConfigError) {
    return ['These settings can’t be used:', ...error.faults.map((fault) => `  ${fault}`)].join('\n');
  }
  if (error instanceof DomainError) return error.message;
  if (isUnavailable(error)) {
    return 'The database can’t be reached. See that it runs and that DATABASE_URL is right, then start again.';
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
