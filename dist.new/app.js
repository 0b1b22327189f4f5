import Koa from 'koa';
import { assetRoutes } from './http/asset-routes.js';
import { clientAddress } from './http/client-address.js';
import { csrf } from './http/csrf.js';
import { errorBoundary } from './http/error-boundary.js';
import { healthRoutes } from './http/health-routes.js';
import { issuerHost } from './http/issuer-host.js';
import { metricsRoutes } from './http/metrics-routes.js';
import { requestContext } from './http/request-context.js';
import { securityHeaders } from './http/security-headers.js';
import { homeRoutes } from './home/home-routes.js';
import { setupRoutes } from './identity/setup/setup-routes.js';
import { signIn } from './identity/sign-in/sign-in.js';
import { playgroundRoutes } from './playground/playground-routes.js';
import { interactionRoutes } from './protocol/interactions/interaction-routes.js';
import { protocolRoutes } from './protocol/protocol-routes.js';
/** The table of contents: everything a request passes through, in order. */
export function createApp(services) {
    const { config } = services;
    const app = new Koa({ proxy: true }); // the forwarded headers are ours by then: see client-address.ts
    app.keys = services.cookieKeys; // the same as the provider's: interactions are read and written through both
    app.use(clientAddress(config));
    app.use(requestContext(services));
    app.use(securityHeaders(config));
    app.use(errorBoundary(services));
    app.use(healthRoutes(services).routes());
    app.use(metricsRoutes(services).routes());
    app.use(issuerHost(config));
    app.use(csrf(services));
    const routes = [assetRoutes(), homeRoutes(services), setupRoutes(services)];
    routes.push(interactionRoutes({ ...services, signIn }));
    if (config.developmentPages)
        routes.push(playgroundRoutes(services));
    for (const router of routes)
        app.use(router.routes());
    app.use(protocolRoutes(services));
    return app;
}
//# sourceMappingURL=app.js.map