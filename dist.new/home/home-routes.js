import { Router } from '@koa/router';
import { render } from '../http/render.js';
import { isSetupPending } from '../identity/setup/setup.js';
/** What stands at the root: who this is, and where to go. */
export function homeRoutes({ config, db }) {
    const router = new Router();
    router.get('/', async (ctx) => {
        render(ctx, 'home/home', {
            issuer: config.issuer,
            setupPending: await isSetupPending({ db }),
            ...(config.developmentPages && { playground: '/playground' }),
        });
    });
    return router;
}
//# sourceMappingURL=home-routes.js.map