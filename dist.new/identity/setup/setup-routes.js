import { Router } from '@koa/router';
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.js';
import { assertNotForged, csrfToken } from '../../http/csrf.js';
import { readForm, readQuery } from '../../http/input.js';
import { render } from '../../http/render.js';
import { requestFacts } from '../../http/request-context.js';
import { completeSetup, requireSetupToken } from './setup-completion.js';
const link = z.object({ token: z.string().max(100).default('') });
const administrator = z.object({
    csrf: z.string().optional(),
    login: z.string().max(320).default(''),
    email: z.string().max(320).default(''),
    name: z.string().max(320).default(''),
    password: z.string().max(4096).default(''),
    passwordAgain: z.string().max(4096).default(''),
});
/** The one-time setup page. Whoever holds the link may use it; once setup is done its URL is not found. */
export function setupRoutes(deps) {
    const router = new Router({ prefix: '/setup' });
    router.get('/', async (ctx) => {
        const { token } = readQuery(ctx, link);
        await requireSetupToken(deps, token, requestFacts(ctx));
        show(ctx, token, { values: { login: '', email: '', name: '' }, faults: {} });
    });
    router.post('/', async (ctx) => {
        const { token } = readQuery(ctx, link);
        const form = await readForm(ctx, administrator);
        assertNotForged(ctx, form.csrf);
        const facts = requestFacts(ctx);
        await requireSetupToken(deps, token, facts);
        if (form.password !== form.passwordAgain)
            return showAgain(ctx, token, { form, faults: UNEQUAL });
        const { login, email, name, password } = form;
        try {
            const user = await completeSetup(deps, { token, login, email, name, password }, facts);
            render(ctx, 'setup/done', { login: user.login });
        }
        catch (error) {
            const faults = faultsOf(error);
            if (!faults)
                throw error;
            showAgain(ctx, token, { form, faults });
        }
    });
    return router;
}
const UNEQUAL = { passwordAgain: 'This is not the same password.' };
function show(ctx, token, { values, faults }) {
    const action = `/setup?token=${encodeURIComponent(token)}`;
    render(ctx, 'setup/form', { action, csrf: csrfToken(ctx), values, faults });
}
function showAgain(ctx, token, { form: { login, email, name }, faults }) {
    ctx.status = 422;
    show(ctx, token, { values: { login, email, name }, faults });
}
/** By field, which the refusal's code starts with; nothing for what the form cannot mend. */
function faultsOf(error) {
    if (!(error instanceof DomainError) || !['invalid', 'conflict'].includes(error.refusal)) {
        return undefined;
    }
    const field = error.code.split('_', 1)[0] ?? '';
    const known = ['login', 'email', 'name', 'password'].includes(field);
    return { [known ? field : 'form']: error.message };
}
//# sourceMappingURL=setup-routes.js.map