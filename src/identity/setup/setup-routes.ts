import { Router } from '@koa/router';
import type { Context } from 'koa';
import * as z from 'zod';
import { DomainError } from '../../foundation/errors.ts';
import { assertNotForged, csrfToken } from '../../http/csrf.ts';
import { readForm, readQuery } from '../../http/input.ts';
import { render } from '../../http/render.ts';
import { requestFacts } from '../../http/request-context.ts';
import { completeSetup, requireSetupToken, type SetupDeps } from './setup-completion.ts';

const link = z.object({ token: z.string().max(100).default('') });

const administrator = z.object({
  csrf: z.string().optional(),
  login: z.string().max(320).default(''),
  email: z.string().max(320).default(''),
  name: z.string().max(320).default(''),
  password: z.string().max(4096).default(''),
  passwordAgain: z.string().max(4096).default(''),
});

type Administrator = z.output<typeof administrator>;

/** The one-time setup page. Whoever holds the link may use it; once setup is done its URL is not found. */
export function setupRoutes(deps: SetupDeps): Router {
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
    } catch (error) {
      const faults = faultsOf(error);
      if (!faults) throw error;
      showAgain(ctx, token, { form, faults });
    }
  });

  return router;
}

const UNEQUAL = { passwordAgain: 'This is not the same password.' };

interface Page {
  values: Pick<Administrator, 'login' | 'email' | 'name'>;
  faults: Record<string, string>;
}

function show(ctx: Context, token: string, { values, faults }: Page): void {
  const action = `/setup?token=${encodeURIComponent(token)}`;
  render(ctx, 'setup/form', { action, csrf: csrfToken(ctx), values, faults });
}

function showAgain(
  ctx: Context,
  token: string,
  { form: { login, email, name }, faults }: { form: Administrator; faults: Page['faults'] },
): void {
  ctx.status = 422;
  show(ctx, token, { values: { login, email, name }, faults });
}

/** By field, which the refusal's code starts with; nothing for what the form cannot mend. */
function faultsOf(error: unknown): Page['faults'] | undefined {
  if (!(error instanceof DomainError) || !['invalid', 'conflict'].includes(error.refusal)) {
    return undefined;
  }
  const field = error.code.split('_', 1)[0] ?? '';
  const known = ['login', 'email', 'name', 'password'].includes(field);
  return { [known ? field : 'form']: error.message };
}
