// Numbers for Prometheus, for the addresses in METRICS_ALLOW alone; to all others there is nothing here.
import { Router } from '@koa/router';
import { readMetrics } from '../operations/metrics.js';
import { createAddressList } from './address-list.js';
import { peerOf } from './client-address.js';
export function metricsRoutes({ config, readAllMetrics = readMetrics }) {
    const allowed = createAddressList(config.metricsAllow);
    const router = new Router();
    router.get('/metrics', async (ctx, next) => {
        const { address, viaUnknownProxy } = peerOf(ctx);
        if (viaUnknownProxy || !allowed.includes(address))
            return next();
        const { contentType, text } = await readAllMetrics();
        ctx.set('Content-Type', contentType);
        ctx.body = text;
    });
    return router;
}
//# sourceMappingURL=metrics-routes.js.map