// One process that answers requests: opens the services, listens, and stops without losing an answer.
import type { Server } from 'node:http';
import type { Config } from '../config.ts';
import { createApp } from '../app.ts';
import { openServices, type Services } from '../services.ts';
import { startProcessMetrics } from '../operations/metrics.ts';
import { startJobs } from './background.ts';
import { listen } from './listener.ts';

export interface RunningNode {
  services: Services;
  /** Stops accepting, lets what is under way finish for `SHUTDOWN_SECONDS`, and closes. */
  stop(): Promise<void>;
}

/** @param prepare what must be done before the first request, given the services */
export async function startNode(
  config: Config,
  prepare: (services: Services) => Promise<void>,
): Promise<RunningNode> {
  const services = await openServices(config);
  try {
    await prepare(services);
    await services.live.current();
    startProcessMetrics();
    const server = await listen(services, createApp(services).callback());
    const jobs = startJobs(services);
    return {
      services,
      async stop() {
        services.readiness.stopping = true;
        await Promise.all([drain(server, config.shutdownSeconds), jobs.stop()]);
        await services.close();
      },
    };
  } catch (error) {
    await services.close();
    throw error;
  }
}

async function drain(server: Server, seconds: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), seconds * 1000);
  await closed.finally(() => clearTimeout(timer));
}
