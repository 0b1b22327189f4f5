// One process that answers requests: opens the services, listens, and stops without losing an answer.
import { createApp } from '../app.ts';
import type { Config } from '../config.ts';
import { logStrayErrors } from '../http/error-boundary.ts';
import { prepareInstallation, recordWeakenings } from '../installation.ts';
import { assertSmtpPassword } from '../operations/mail/smtp-transport.ts';
import { startProcessMetrics } from '../operations/metrics.ts';
import { joinMetrics } from '../operations/worker-metrics.ts';
import { openServices, type Services } from '../services.ts';
import { engineOf } from '../storage/database.ts';
import { startJobs } from './background.ts';
import { type Listener, listen } from './listener.ts';
import { exitOnBug, type Running } from './process-events.ts';
import { welcome } from './welcome.ts';

/**
 * @param isFirst whether this process prepares the installation and greets; the others come after it
 * @throws DomainError saying what to do when it can't start
 */
export async function startNode(
  config: Config,
  { isFirst }: { isFirst: boolean },
): Promise<Running> {
  const services = await openServices(config);
  exitOnBug(services.log);
  try {
    await assertSmtpPassword(config);
    const setupUrl = isFirst ? await prepare(services) : undefined;
    const listener = await serve(services);
    const jobs = startJobs(services);
    if (isFirst) process.stderr.write(welcome(config, setupUrl));
    return {
      async stop() {
        services.readiness.stopping = true;
        services.log.info('stopping');
        const [cutOff] = await Promise.all([listener.drain(config.shutdownSeconds), jobs.stop()]);
        if (cutOff > 0) services.log.warn({ connections: cutOff }, 'requests were cut off');
        await services.close();
        services.log.info('stopped');
      },
    };
  } catch (error) {
    await services.close();
    throw error;
  }
}

async function prepare(services: Services): Promise<string | undefined> {
  const setupUrl = await prepareInstallation(services);
  await recordWeakenings(services);
  return setupUrl;
}

async function serve(services: Services): Promise<Listener> {
  const { config, log } = services;
  await services.live.current();
  startProcessMetrics();
  joinMetrics();

  const app = createApp(services);
  logStrayErrors(app, log);
  const handle = app.callback();
  const listener = await listen(services, (request, response) => void handle(request, response));
  log.info(
    {
      issuer: config.issuer,
      listening: listener.address,
      engine: engineOf(config),
      node: process.version,
      ms: Math.round(process.uptime() * 1000),
    },
    'ready',
  );
  return listener;
}
