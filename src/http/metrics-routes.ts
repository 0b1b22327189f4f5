// Numbers for Prometheus, for the addresses in METRICS_ALLOW alone; to all others there is nothing here.
import { Router } from '@koa/router';
import type { Config } from '../config.ts';
import { type MetricsText, readMetrics } from '../operations/metrics.ts';
import { createAddressList } from './address-list.ts';
import { peerOf } from './client-address.ts';

interface Deps {
  config: Pick<Config, 'metricsAllow'>;
  /** With several workers, the numbers of all of them together. */
  readAllMetrics?: (() => Promise<MetricsText>) | undefined;
}

export function metricsRoutes({ config, readAllMetrics = readMetrics }: Deps): Router {
  const allowed = createAddressList(config.metricsAllow);
  const router = new Router();
  router.get('/metrics', async (ctx, next) => {
    const { address, viaUnknownProxy } = peerOf(ctx);
    if (viaUnknownProxy || !allowed.includes(address)) return next();

    const { contentType, text } = await readAllMetrics();
    ctx.set('Content-Type', contentType);
    ctx.body = text;
  });
  return router;
}
