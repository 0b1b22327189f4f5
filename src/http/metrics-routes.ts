// Numbers for Prometheus, for the addresses in METRICS_ALLOW alone; to all others there is nothing here.
import { Router } from '@koa/router';
import type { Config } from '../config.ts';
import { readAllMetrics } from '../operations/worker-metrics.ts';
import { createAddressList } from './address-list.ts';
import { peerOf } from './client-address.ts';

export function metricsRoutes({ config }: { config: Pick<Config, 'metricsAllow'> }): Router {
  const allowed = createAddressList(config.metricsAllow);
  const router = new Router();
  router.get('/metrics', async (ctx) => {
    // Through a proxy that nobody named, everybody would come from that proxy's address, which may well be loopback.
    const { address, viaUnknownProxy } = peerOf(ctx);
    if (viaUnknownProxy || !allowed.includes(address)) return;

    const { contentType, text } = await readAllMetrics();
    ctx.set('Content-Type', contentType);
    ctx.body = text;
  });
  return router;
}
