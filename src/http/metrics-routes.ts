// Numbers for Prometheus, for the addresses in METRICS_ALLOW alone; to all others there is nothing here.
import type { Middleware } from 'koa';
import type { Config } from '../config.ts';
import { readAllMetrics } from '../operations/worker-metrics.ts';
import { createAddressList } from '../foundation/address-list.ts';
import { peerOf } from './client-address.ts';

export function metricsRoutes({ config }: { config: Pick<Config, 'metricsAllow'> }): Middleware {
  const allowed = createAddressList(config.metricsAllow);

  const metrics: Middleware = async (ctx) => {
    // Through a proxy that nobody named, everybody would come from that proxy's address, which may well be loopback.
    const { address, viaUnknownProxy } = peerOf(ctx);
    if (viaUnknownProxy || !allowed.includes(address)) return;

    const { contentType, text } = await readAllMetrics();
    ctx.set('Content-Type', contentType);
    ctx.body = text;
  };

  return (ctx, next) => (ctx.path === '/metrics' ? metrics(ctx, next) : next());
}
